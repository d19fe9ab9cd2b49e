import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { buildSync } from "esbuild";
import type { Commands, Reply, Request } from "./answer";

type ArgumentOf<Set extends Commands, Name extends keyof Set> = Parameters<Set[Name]>[0];
type ResultOf<Set extends Commands, Name extends keyof Set> = Awaited<ReturnType<Set[Name]>>;

export interface WorkerOptions {
  /** Further options of Node.js, such as --expose-gc. */
  readonly execArgv?: readonly string[];
  readonly args?: readonly string[];
  /** Without the TypeScript loader, which itself takes memory. */
  readonly isBare?: boolean;
  /** Whether a CPU profile of the process is written into the folder bench-profiles. */
  readonly profile?: boolean;
}

/** How long an answer may take: no row has a step that is longer, in ms. */
const ANSWER_TIMEOUT = 180_000;

/** The file as JavaScript beside it: what it requires is found as before. */
function compiled(source: string): string {
  const outfile = source.replace(/\.ts$/, ".compiled.cjs");
  buildSync({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: "node",
    packages: "external",
    logLevel: "error",
  });
  return outfile;
}

/** A process of the bench, made from a file of this folder. */
export class Worker<Set extends Commands> {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (e: Error) => void }
  >();
  #count = 0;

  constructor(file: string, options: WorkerOptions = {}) {
    const { execArgv = [], args = [], isBare = false, profile = false } = options;
    const profiling = ["--cpu-prof", "--cpu-prof-dir=bench-profiles"];
    const source = join(__dirname, file);
    this.name = file;
    this.#child = fork(isBare ? compiled(source) : source, args, {
      execArgv: [
        ...(isBare ? [] : ["--require", "tsx/cjs"]),
        ...(profile ? profiling : []),
        ...execArgv,
      ],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message) => this.#settle(message as Reply));
    this.#child.on("exit", (code) => this.#fail(new Error(`${file} ended with code ${code}`)));
    this.#child.on("error", (error) => this.#fail(error));
  }

  /** Asks the process to do something; rejects with what went wrong there, or when it has ended. */
  ask<Name extends keyof Set & string>(
    name: Name,
    argument?: ArgumentOf<Set, Name>,
  ): Promise<ResultOf<Set, Name>> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${this.name} did not answer "${name}"`));
      }, ANSWER_TIMEOUT);
      this.#waiting.set(id, {
        resolve: (value) => {
          clearTimeout(deadline);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(deadline);
          reject(error);
        },
      });
      this.#child.send({ id, name, argument } satisfies Request, (error) => {
        if (error !== null) this.#fail(error);
      });
    });
  }

  /** Lets the process end; resolves when it has. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => {
      this.#child.once("exit", resolve);
    });
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    this.#child.disconnect();
    await ended;
    clearTimeout(kill);
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting?.reject(new Error(`${this.name}: ${reply.error}`));
    else waiting?.resolve(reply.result as never);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
