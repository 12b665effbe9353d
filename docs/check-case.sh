#!/bin/sh
# sh check-case.sh CASE-FOLDER ALLOWED-SIGNERS: without any key, is every line of the case's journals
# signed, and every file of the case named by a signed line? docs/format.md says what this proves.
set -u
folder=${1%/} signers=$2 bad=0 tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
: >"$tmp/signed"
for journal in "$folder"/journal/*.journal; do
    while IFS= read -r line || [ -n "$line" ]; do
        printf %s "$line" | cut -f1 | tr -d '\n' >"$tmp/json"
        sig=$(printf %s "$line" | cut -f2-)
        { echo '-----BEGIN SSH SIGNATURE-----'; echo "$sig" | fold -w 70
          echo '-----END SSH SIGNATURE-----'; } >"$tmp/sig"
        # base64 has one spelling here, and a line of another case is no line of this one
        if [ "$(echo "$sig" | base64 -d 2>/dev/null | base64 -w 0)" = "$sig" ] &&
            grep -q "^{\"case\":\"${folder##*/}\",\"casebook\":" "$tmp/json" &&
            ssh-keygen -Y verify -f "$signers" -I "$(basename "$journal" .journal)" \
                -n tipcase.journal.v1 -s "$tmp/sig" <"$tmp/json" >/dev/null 2>&1
        then cat "$tmp/json" >>"$tmp/signed"
        else echo "BAD: a line of $journal is not signed by its writer"; bad=1; fi
    done <"$journal"
done
find "$folder" ! -type d ! -name .lock ! -name case.yaml ! -name '*.journal' >"$tmp/files"
while IFS= read -r file; do
    hash=$(sha256sum <"$file" | cut -c1-64) name=${file#"$folder"/}
    case $name in
        keys/*) ;;
        aside/*) [ "$name" = "aside/$hash.age" ] || hash="not what its name says" ;;
        *) hash="\"path\":\"$name\"[^}]*\"sha256\":\"$hash" ;;
    esac
    [ ! -L "$file" ] && grep -q "$hash\"}" "$tmp/signed" ||
        { echo "BAD: nobody signed the bytes of $name"; bad=1; }
done <"$tmp/files"
[ "$bad" = 0 ] && echo "ok: every line is signed, and every file is named by a signed line"
