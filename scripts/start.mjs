// `npm start`: Node-RED with this package and its examples, in a user folder of its own.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { prepareUserFolder } from "./user-folder.mjs";

const project = resolve(import.meta.dirname, "..");
const folder = resolve(process.env.REALTIME_USER_FOLDER ?? join(project, ".node-red"));
const port = Number(process.env.PORT || 1880);
const runtime = process.env.NODE_RED ?? "node-red";

if (!Number.isInteger(port) || port < 1 || port > 65535) {
  console.error(`PORT must be a number from 1 to 65535, not "${process.env.PORT}".`);
  process.exit(1);
}
const obstacle = await whyNotFree(port);
if (obstacle !== undefined) {
  const another = port < 1024 ? 1880 : port === 65535 ? port - 1 : port + 1;
  console.error(
    `Port ${port} ${obstacle}. Choose another one, for example: PORT=${another} npm start`,
  );
  process.exit(1);
}

prepareUserFolder(folder);
const nodeRed = spawn(
  process.execPath,
  [
    join(project, "node_modules", runtime, "red.js"),
    "--settings",
    join(project, "scripts", "settings.cjs"),
  ],
  {
    env: { ...process.env, PORT: String(port), REALTIME_USER_FOLDER: folder },
    stdio: ["ignore", "pipe", "inherit"],
  },
);
// Either may come first: with few flows they run before anybody is listened to.
const awaited = ["Started flows", "Server now running"];
let said = "";
let isUp = false;
nodeRed.stdout.on("data", (chunk) => {
  process.stdout.write(chunk);
  if (isUp) return;
  said += String(chunk);
  isUp = awaited.every((line) => said.includes(line));
  if (!isUp) return;
  console.log(`
Node-RED is up: http://127.0.0.1:${port}/

  1. Open the tab "2 Lights by voice".
  2. Press the button of "turn on the kitchen light and the fan in the bedroom".
  3. Open the debug sidebar: two tool calls, then the spoken answer's words.

Your changes are kept in ${folder}. Ctrl-C ends it.
`);
});
nodeRed.on("exit", (code) => {
  process.exitCode = code ?? 0;
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => nodeRed.kill(signal));

/** Why Node-RED could not listen on a port, in words; undefined when it can. */
function whyNotFree(candidate) {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once("error", ({ code }) =>
      settle(code === "EADDRINUSE" ? "is taken" : `cannot be used (${code})`),
    );
    probe.listen(candidate, "127.0.0.1", () => probe.close(() => settle(undefined)));
  });
}
