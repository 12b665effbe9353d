// Drives typage (the npm package age-encryption), the oracle for hybrid files.
// node typage.mjs PACKAGE-FOLDER < requests.json > answers.json; bytes travel as base64.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const age = await import(pathToFileURL(resolve(process.argv[2], "dist/index.js")).href);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const text = (data) => Buffer.from(data).toString("base64");

const answer = {
  generate: async ({ kind }) => {
    const make = kind === "hybrid" ? age.generateHybridIdentity : age.generateX25519Identity;
    const identity = await make();
    return { identity, recipient: await age.identityToRecipient(identity) };
  },
  encrypt: async ({ recipients = [], passphrase, plaintext, armored = false }) => {
    const encrypter = new age.Encrypter();
    if (passphrase !== undefined) {
      encrypter.setPassphrase(passphrase);
      encrypter.setScryptWorkFactor(10);
    }
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    const file = await encrypter.encrypt(bytes(plaintext));
    return { ciphertext: armored ? text(age.armor.encode(file)) : text(file) };
  },
  decrypt: async ({ identities = [], passphrase, ciphertext }) => {
    const decrypter = new age.Decrypter();
    if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
    for (const identity of identities) decrypter.addIdentity(identity);
    return { plaintext: text(await decrypter.decrypt(bytes(ciphertext), "uint8array")) };
  },
};

const answers = [];
for (const request of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await answer[request.op](request));
  } catch (error) {
    answers.push({ error: String(error) });
  }
}
console.log(JSON.stringify(answers));
