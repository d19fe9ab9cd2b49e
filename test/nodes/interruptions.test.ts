import assert from "node:assert/strict";
import { Interruptions } from "../../nodes/interruptions";

const cancel = (id: string) => ({ type: "response.cancel", response_id: id });
const truncate = (id: string, end: number) => ({
  type: "conversation.item.truncate",
  item_id: id,
  content_index: 0,
  audio_end_ms: end,
});

/** A session that refuses all, and what it was told. */
function talk(): { readonly sent: object[]; send: (event: object) => Promise<never> } {
  const sent: object[] = [];
  return {
    sent,
    send: (event) => {
      sent.push(event);
      return Promise.reject(new Error("refused"));
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("interruptions", () => {
  it("tell the server once, and of the player that is furthest ahead", async () => {
    const interruptions = new Interruptions();
    const session = talk();
    for (const end of [0, 700, 698]) {
      interruptions.tell(session, cancel("r"));
      interruptions.tell(session, truncate("a", end));
      interruptions.tell(session, truncate("b", 0));
    }
    await nextTurn();
    const wanted = [cancel("r"), truncate("a", 700), truncate("b", 0)];
    assert.deepEqual(session.sent, wanted);

    // By a message that reaches another player later.
    interruptions.tell(session, cancel("r"));
    interruptions.tell(session, truncate("a", 720));
    interruptions.tell(session, truncate("c", 5));
    await nextTurn();
    assert.deepEqual(session.sent, [...wanted, truncate("c", 5)]);
  });

  it("keep talks apart, and remember a hundred of each", async () => {
    const interruptions = new Interruptions();
    const [one, other] = [talk(), talk()];
    for (let count = 0; count <= 100; count += 1) {
      interruptions.tell(one, cancel(`${count}`));
      await nextTurn();
    }
    for (const id of ["100", "1", "0"]) interruptions.tell(one, cancel(id));
    interruptions.tell(other, cancel("100"));
    await nextTurn();
    assert.deepEqual(one.sent.slice(101), [cancel("0")]);
    assert.deepEqual(other.sent, [cancel("100")]);
  });
});
