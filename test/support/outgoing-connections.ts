import dgram from "node:dgram";
import dns from "node:dns";
import { Socket } from "node:net";

/** Hosts of this machine itself. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1|\[::1\])$/;

/** Notes where this process connects to, over TCP, UDP and name servers, until it is stopped. */
export class OutgoingConnections {
  /** Hosts or paths, in the order of connecting. */
  readonly hosts: string[] = [];
  readonly #restore: (() => void)[] = [];

  constructor() {
    this.#watch(Socket.prototype, "connect", (args) => {
      const [first] = args;
      // As `net` itself hands them on: options, wrapped in an array.
      const target: unknown = Array.isArray(first) ? first[0] : first;
      if (typeof target !== "object" || target === null)
        return typeof args[1] === "string" ? args[1] : "localhost";
      return String(Reflect.get(target, "path") ?? Reflect.get(target, "host") ?? "localhost");
    });
    this.#watch(dgram.Socket.prototype, "send", (args) =>
      // The message may be a text too; the address comes after the numbers.
      String(args.slice(1).find((each) => typeof each === "string") ?? "localhost"),
    );
    this.#watch(dns, "lookup", ([name]) => String(name));
    this.#watch(dns.promises, "lookup", ([name]) => String(name));
  }

  /** Those that are not this machine. */
  get foreign(): readonly string[] {
    return this.hosts.filter((host) => !LOOPBACK.test(host));
  }

  stop(): void {
    for (const restore of this.#restore) restore();
  }

  #watch(owner: object, method: string, hostOf: (args: unknown[]) => string): void {
    const original = Reflect.get(owner, method) as (...args: unknown[]) => unknown;
    const { hosts } = this;
    Reflect.set(owner, method, function (this: unknown, ...args: unknown[]) {
      hosts.push(hostOf(args));
      return Reflect.apply(original, this, args);
    });
    this.#restore.push(() => Reflect.set(owner, method, original));
  }
}
