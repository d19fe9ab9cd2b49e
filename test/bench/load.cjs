// Loads the built library once and prints what that took; run with --expose-gc.
const path = require("node:path");

const held = () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

const before = held();
const start = process.hrtime.bigint();
require(path.join(__dirname, "../../dist/lib/index.js"));
const ms = Number(process.hrtime.bigint() - start) / 1e6;
console.log(JSON.stringify({ ms, bytes: held() - before }));
