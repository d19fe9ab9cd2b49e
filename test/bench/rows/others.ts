import type { ClientSubject } from "../client-subject";
import { installedVersion, OTHERS } from "../clients/installed";
import { compare, micros } from "../pairs";
import type { Extent, Result } from "../result";
import type { Sender } from "../sender";
import { Worker } from "../worker";
import { receivePass, receiverOf } from "./receive";

/** Other clients of the protocol on the same stream, where they are installed. No bar. */
export async function othersRow(extent: Extent): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const { name, client } of OTHERS) {
    const version = installedVersion(name);
    if (version === undefined || client === undefined)
      results.push({
        row: "others",
        what: `receive, 3 audio : 1 transcript, beside ${name}`,
        own: "",
        beside: version === undefined ? "not installed" : `${version}, not measured`,
      });
    else results.push(await besideOwn(`${name} ${version}`, client, extent));
  }
  return results;
}

async function besideOwn(title: string, client: string, extent: Extent): Promise<Result> {
  const sender = new Worker<Sender>("sender.ts");
  const own = new Worker<ClientSubject>("client-subject.ts", { args: ["session"] });
  const other = new Worker<ClientSubject>("client-subject.ts", { args: [client] });
  try {
    const url = await sender.ask("url");
    await own.ask("connect", { url, name: "own" });
    await other.ask("connect", { url, name: "other" });
    const { subject, reference, bound, spread } = await compare(
      receivePass(sender, receiverOf(own), "own", "mix"),
      receivePass(sender, receiverOf(other), "other", "mix"),
      extent,
    );
    return {
      row: "others",
      what: `receive, 3 audio : 1 transcript, beside ${title}`,
      own: micros(subject),
      beside: micros(reference),
      measured: bound,
      unit: "×",
      spread,
    };
  } finally {
    await Promise.all([own.stop(), other.stop(), sender.stop()]);
  }
}
