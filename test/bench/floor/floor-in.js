// The least that an input node can do: it parses what comes and sends it on. CommonJS without types,
// as Node-RED loads it from a folder.
const { WebSocket } = require("ws");

module.exports = (RED) => {
  RED.nodes.registerType("bench-floor-in", function (config) {
    RED.nodes.createNode(this, config);
    const socket = new WebSocket(config.url, { perMessageDeflate: false });
    socket.on("error", () => undefined);
    socket.on("message", (/** @type {Buffer} */ data) => {
      const payload = JSON.parse(data.toString());
      this.send({ topic: payload.type, payload });
    });
    this.on("close", () => socket.close());
  });
};
