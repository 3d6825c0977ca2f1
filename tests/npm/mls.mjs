// MLS clients (ts-mls), driven by lines of JSON: {"do": a command, "as": a client, ...} is answered by one line.
// A client is a device: its signature key, the private halves of its key packages and its groups. Bytes are base64.

import { createInterface } from "node:readline";
import * as mls from "ts-mls";

const suite = await mls.getCiphersuiteImpl(mls.getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"));
const LAST_RESORT = 0x000a;
const DAY = 24n * 60n * 60n;
const clients = new Map();

const encoded = (bytes) => Buffer.from(bytes).toString("base64");
const decoded = (text) => new Uint8Array(Buffer.from(text, "base64"));
const wrapped = (message) => encoded(mls.encodeMlsMessage({ version: "mls10", ...message }));
const opened = (text) => mls.decodeMlsMessage(decoded(text), 0)[0];
const identityOf = (leaf) => new TextDecoder().decode(leaf.credential.identity);

// Leaves stand at the even places of the tree (RFC 9420 §4.1.2).
const leaves = (state) =>
  state.ratchetTree.flatMap((node, place) => (node?.nodeType === "leaf" ? [[place / 2, identityOf(node.leaf)]] : []));
const view = (state) => ({
  epoch: Number(state.groupContext.epoch),
  members: state.groupActiveState.kind === "active" ? leaves(state).map(([, identity]) => identity) : null,
  authenticator: encoded(state.keySchedule.epochAuthenticator),
});

async function made(client, { identity, days = 90, begun = 3600, lastResort = false, ...odd }) {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const capabilities = {
    versions: ["mls10"],
    ciphersuites: ["MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"],
    extensions: [LAST_RESORT],
    proposals: [],
    credentials: odd.credentials ?? ["basic"],
  };
  const keys = await mls.generateKeyPackageWithKey(
    { credentialType: "basic", identity: new TextEncoder().encode(identity) },
    capabilities,
    { notBefore: now - BigInt(begun), notAfter: now + BigInt(days) * DAY },
    lastResort ? [{ extensionType: LAST_RESORT, extensionData: new Uint8Array() }] : [],
    client.keys,
    suite,
  );
  client.packages.push(keys);
  return keys;
}

const commands = {
  async device() {
    const { signKey, publicKey } = await suite.signature.keygen();
    return { keys: { signKey, publicKey }, packages: [], groups: new Map() };
  },

  async packages(client, { count = 1, ...wanted }) {
    const all = [];
    for (let n = 0; n < count; n++) {
      const { publicPackage } = await made(client, wanted);
      all.push(wrapped({ wireformat: "mls_key_package", keyPackage: publicPackage }));
    }
    return all;
  },

  async create(client, { group, identity }) {
    const { publicPackage, privatePackage } = await made(client, { identity });
    const state = await mls.createGroup(new TextEncoder().encode(group), publicPackage, privatePackage, [], suite);
    client.groups.set(group, { state });
    return view(state);
  },

  // Nothing changes before `accepted`: whose commit the server refuses forgets it and processes the other one.
  async commit(client, { group, add = [], remove = [] }) {
    const { state } = client.groups.get(group);
    const places = new Map(leaves(state).map(([place, identity]) => [identity, place]));
    const done = await mls.createCommit(
      { state, cipherSuite: suite },
      {
        ratchetTreeExtension: true,
        extraProposals: [
          ...add.map((text) => ({ proposalType: "add", add: { keyPackage: opened(text).keyPackage } })),
          ...remove.map((identity) => ({ proposalType: "remove", remove: { removed: places.get(identity) } })),
        ],
      },
    );
    client.groups.set(group, { state, next: done.newState });
    return {
      commit: wrapped(done.commit),
      welcome: done.welcome ? wrapped({ wireformat: "mls_welcome", welcome: done.welcome }) : null,
    };
  },

  async accepted(client, { group }) {
    const state = client.groups.get(group).next;
    client.groups.set(group, { state });
    return view(state);
  },

  async join(client, { group, message }) {
    const { welcome } = opened(message);
    for (const { publicPackage, privatePackage } of client.packages) {
      try {
        const state = await mls.joinGroup(welcome, publicPackage, privatePackage, mls.emptyPskIndex, suite);
        if (new TextDecoder().decode(state.groupContext.groupId) !== group) throw new Error("another group");
        client.groups.set(group, { state });
        return view(state);
      } catch (error) {
        if (!/No matching secret/.test(error.message)) throw error;
      }
    }
    throw new Error("The welcome is for none of this device's packages.");
  },

  async say(client, { group, text }) {
    const { state } = client.groups.get(group);
    const done = await mls.createApplicationMessage(state, new TextEncoder().encode(text), suite);
    client.groups.set(group, { state: done.newState });
    return wrapped({ wireformat: "mls_private_message", privateMessage: done.privateMessage });
  },

  async propose(client, { group, remove }) {
    const { state } = client.groups.get(group);
    const [[place]] = leaves(state).filter(([, identity]) => identity === remove);
    const done = await mls.createProposal(state, false, { proposalType: "remove", remove: { removed: place } }, suite);
    client.groups.set(group, { state: done.newState });
    return wrapped(done.message);
  },

  async hear(client, { group, message }) {
    const { state } = client.groups.get(group);
    const done = await mls.processMessage(opened(message), state, mls.emptyPskIndex, mls.acceptAll, suite);
    client.groups.set(group, { state: done.newState });
    return { text: done.kind === "applicationMessage" ? new TextDecoder().decode(done.message) : null, ...view(done.newState) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: command, as: name, ...given } = JSON.parse(line);
  let answer;
  try {
    if (command === "device") {
      clients.set(name, await commands.device());
      answer = { value: encoded(clients.get(name).keys.publicKey) };
    } else {
      answer = { value: await commands[command](clients.get(name), given) };
    }
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
