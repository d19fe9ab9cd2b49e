import type { ClientRequestArgs } from "node:http";
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TlsOptions } from "./endpoint-target";

/** What is read at once at most, in bytes: as much as a TLS record holds. */
const READ_SIZE = 16_384;

/**
 * Connects a WebSocket to its server. `tls`: of a secure one, `{}` where it has no options of its own;
 * undefined for one that is not secure.
 *
 * All is read into one buffer, again and again. By itself Node.js takes 64 KiB for each read, gives most
 * of it back, and leaves the rest to the garbage collector: about a tenth of what a received frame costs.
 */
export function connect({ host, port }: ClientRequestArgs, tls: TlsOptions | undefined): Socket {
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(READ_SIZE),
    callback: (count, buffer) => {
      // A copy: the parser keeps the beginning of a frame until the rest has come, over reads that
      // overwrite it here.
      socket.emit("data", Buffer.from(buffer.subarray(0, count)));
      return true;
    },
  };
  const to = { host: host ?? "localhost", port: Number(port), onread };
  const socket =
    tls === undefined
      ? connectTcp(to)
      : // An address is no name that a certificate could be asked for.
        connectTls({ servername: isIP(to.host) === 0 ? to.host : "", ...tls, ...to });
  return socket;
}
