// SPDX-License-Identifier: GPL-3.0-or-later
// Calls operations with Alibaba Cloud's clients for Node.js, unmodified. Reads one JSON object per line:
// {client, endpoint, product, version, action, params}, and writes {body} or {code, message} for each.
"use strict";

const readline = require("readline");
const { createRequire } = require("module");

const load = createRequire(process.argv[2] + "/");
const KEYS = { accessKeyId: "sandbox", accessKeySecret: "sandbox" };
const PACKAGES = { alb: "alb20200616", dns: "alidns20150109", ecs: "ecs20140526" };
const clients = new Map();

function once(key, make) {
  if (!clients.has(key)) clients.set(key, make());
  return clients.get(key);
}

// The old generation: one client for every product, signature version 1.0.
function popCore({ endpoint, version, action, params }) {
  const Client = load("@alicloud/pop-core").RPCClient;
  const client = once(`pop ${version}`, () => new Client({ ...KEYS, endpoint: `http://${endpoint}`, apiVersion: version }));
  return client.request(action, params, { method: "POST" });
}

// The current generation: the product's own client, and the generic one for other products.
async function current({ endpoint, product, version, action, params }) {
  const openapi = load("@alicloud/openapi-client");
  const config = new openapi.Config({ ...KEYS, endpoint, protocol: "HTTP" });
  const name = PACKAGES[product];
  if (name) {
    const sdk = load(`@alicloud/${name}`);
    const client = once(name, () => new sdk.default(config));
    const request = load("@alicloud/tea-typescript").cast(params, new sdk[`${action}Request`]({}));
    const answer = await client[action[0].toLowerCase() + action.slice(1)](request);
    return answer.body.toMap ? answer.body.toMap() : answer.body;
  }
  const client = once("generic", () => new openapi.default(config));
  const call = new openapi.Params({
    action, version, protocol: "HTTP", pathname: "/", method: "POST", authType: "AK", style: "RPC",
    reqBodyType: "formData", bodyType: "json",
  });
  const util = load("@alicloud/openapi-util").default;
  const runtime = new (load("@alicloud/tea-util").RuntimeOptions)({});
  return (await client.callApi(call, new openapi.OpenApiRequest({ query: util.query(params) }), runtime)).body;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const call = JSON.parse(line);
    let answer;
    try {
      answer = { body: await (call.client === "pop-core" ? popCore(call) : current(call)) };
    } catch (error) {
      answer = { code: error.code || error.name, message: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

main();
