import assert from "node:assert/strict";
import type { ToolCall, ToolDefinition } from "../../../lib/index";
import type { FaultRequest } from "../../../lib/local-server/faults";
import { startLocalServer, type LocalServer } from "../../../lib/local-server/server";
import { lightTool } from "../../support/light-tool";
import { Rehearsal } from "../../support/rehearsal";
import { ScriptedVoice } from "../local-server/scripted-voice";
import { withCode } from "./ready-session";

const QUESTION = "turn on the kitchen light and turn off the bedroom light";

/** Gone, and away for long enough that something can be done meanwhile. */
const outage: FaultRequest[] = [
  { type: "drop" },
  { type: "refuse_handshake", status: 503, times: 2 },
];

describe("tool calls through an outage, on a real socket", () => {
  let server: LocalServer;
  let talk: Rehearsal;
  let requests: ToolCall[];

  async function open(tool: ToolDefinition = lightTool): Promise<void> {
    server = await startLocalServer({ voice: new ScriptedVoice() });
    talk = new Rehearsal(server, { tools: [tool] });
    requests = [];
    talk.session.on("toolApproval", (request) => requests.push(request));
    await talk.session.connect();
  }

  afterEach(async () => {
    await talk.session.close();
    assert.equal(talk.session.sizes().requests, 0, "a request was not settled");
    await server.close();
  });

  const two = (calls: readonly ToolCall[]): [ToolCall, ToolCall] => {
    const [first, second, ...others] = calls;
    assert.ok(first !== undefined && second !== undefined && others.length === 0);
    return [first, second];
  };

  const recovering = (): Promise<void> =>
    talk.until(() => talk.session.state.status === "recovering");

  /** The newest connection's items, as its server tells of them: all of the talk, nothing twice. */
  function assertTalk(first: readonly [string, string], second: readonly [string, string]): void {
    const { words, list } = talk.items;
    assert.equal(words[0], QUESTION);
    for (const [id, output] of [first, second]) {
      assert.equal(words.filter((word) => word === `call ${id}`).length, 1);
      assert.deepEqual(
        words.filter((word) => word.startsWith(`output ${id}`)),
        [`output ${id}: ${output}`],
      );
      assert.ok(words.indexOf(`call ${id}`) < words.indexOf(`output ${id}: ${output}`));
    }
    assert.equal(list.length, 6, words.join("\n"));
    assert.deepEqual([list[5]?.["role"], list[5]?.["status"]], ["assistant", "completed"]);
  }

  /** The answers in words that were completed, on all connections. */
  const spoken = (): number =>
    talk.events.filter(
      (event) =>
        event.type === "response.done" &&
        event.response.status === "completed" &&
        event.response.output?.some(({ type }) => type === "message") === true,
    ).length;

  for (const [when, until] of [
    ["as soon as both are called", () => talk.calls.length === 2],
    ["after the calls' response", () => talk.count("response.done") === 1],
  ] as const) {
    it(`gives both outputs once and has one answer, one output during it, one after (${when})`, async () => {
      await open();
      await talk.ask(QUESTION);
      await talk.until(until);
      const [first, second] = two(talk.calls);
      server.setFaults(outage);
      await recovering();
      const during = talk.session.answer(first.id, "one");
      await talk.ready(2);
      await during;
      assert.equal(spoken(), 0);
      await talk.session.answer(second.id, "two");
      await talk.answered();
      for (const { id } of [first, second])
        await assert.rejects(talk.session.answer(id, "x"), withCode("call_already_answered"));
      assert.equal(talk.calls.length, 2);
      assertTalk([first.id, "one"], [second.id, "two"]);
      assert.equal(spoken(), 1);
    });
  }

  it("runs a call once that is approved during the outage, and tells of one denied after it", async () => {
    await open({ ...lightTool, needsApproval: true });
    await talk.ask(QUESTION);
    await talk.until(() => talk.count("response.done") === 1);
    const [first, second] = two(requests);
    server.setFaults(outage);
    await recovering();
    talk.session.approve(first.id);
    assert.deepEqual(
      talk.calls.map(({ id }) => id),
      [first.id],
    );
    await talk.ready(2);
    await talk.session.answer(first.id, "one");
    await talk.session.deny(second.id);
    await talk.answered();
    const denied = '{"error":"denied","message":"The user did not allow this. Nothing was done."}';
    assertTalk([first.id, "one"], [second.id, denied]);
    assert.equal(talk.calls.length, 1);
    assert.equal(requests.length, 2);
    assert.equal(spoken(), 1);
  });

  it("gives the tool's own output once when the deadline passes during the outage", async () => {
    await open({ ...lightTool, deadlineMs: 8_000 });
    await talk.ask(QUESTION);
    await talk.until(() => talk.count("response.done") === 1);
    const [first, second] = two(talk.calls);
    server.setFaults([{ type: "drop" }, { type: "refuse_handshake", status: 503, times: 0 }]);
    await talk.until(() => talk.errors.some(({ code }) => code === "tool_deadline"));
    server.setFaults([]);
    await talk.ready(2);
    await assert.rejects(talk.session.answer(first.id, "late"), withCode("call_expired"));
    await talk.answered();
    assertTalk([first.id, "No answer."], [second.id, "No answer."]);
    assert.equal(spoken(), 1);
  });
});
