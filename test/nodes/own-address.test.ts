import assert from "node:assert/strict";
import { ownAddress, type ListenSettings } from "../../nodes/own-address";

describe("Node-RED's own address", () => {
  const cases: [string, ListenSettings, string][] = [
    ["is that of this machine", { uiHost: "0.0.0.0", uiPort: 1990 }, "http://127.0.0.1:1990"],
    ["is on Node-RED's port where none is set", {}, "http://127.0.0.1:1880"],
    ["takes a port of the environment", { uiPort: "8080" }, "http://127.0.0.1:8080"],
    ["names the only host that it listens on", { uiHost: "10.0.0.5" }, "http://10.0.0.5:1880"],
    ["puts an IPv6 address in brackets", { uiHost: "::1" }, "http://[::1]:1880"],
    ["is encrypted where Node-RED is", { https: {}, uiHost: "::" }, "https://127.0.0.1:1880"],
  ];
  for (const [behaviour, settings, expected] of cases)
    it(behaviour, () => assert.equal(ownAddress(settings), expected));
});
