// Prepares a Node-RED user folder that has this package installed and its examples as flows.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "..");
const { name } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));

/**
 * Makes the folder, or completes one that is there: what a person changed in it stays.
 *
 * @param {string} folder where it is to be
 */
export function prepareUserFolder(folder) {
  mkdirSync(folder, { recursive: true });
  writeOnce(join(folder, "package.json"), () => ({
    name: "realtime-flows-user-folder",
    private: true,
    dependencies: { [name]: `file:${project}` },
  }));
  linkPackage(join(folder, "node_modules", name));
  writeOnce(join(folder, "flows.json"), exampleFlows);
  // Node-RED encrypts credentials with it; one for all would be no secret.
  writeOnce(join(folder, "credential-secret.json"), () => randomBytes(24).toString("hex"), 0o600);
}

function writeOnce(file, content, mode = 0o666) {
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(content(), null, 2)}\n`, { mode });
}

function linkPackage(link) {
  mkdirSync(dirname(link), { recursive: true });
  const present = lstatSync(link, { throwIfNoEntry: false });
  // A link to elsewhere remains when the project was moved.
  if (present?.isSymbolicLink() && resolve(readlinkSync(link)) !== project) unlinkSync(link);
  else if (present !== undefined) return;
  symlinkSync(project, link, "junction");
}

/** All examples as one flow file; config nodes that examples share appear once. */
function exampleFlows() {
  const folder = join(project, "examples");
  const nodes = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}
