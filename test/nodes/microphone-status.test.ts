import assert from "node:assert/strict";
import { mock } from "node:test";
import type { NodeStatus } from "node-red";
import type { Microphone, MicrophoneState } from "../../nodes/microphone";
import { MicrophoneStatus } from "../../nodes/microphone-status";

describe("the status of a microphone", () => {
  before(() => mock.timers.enable({ apis: ["setTimeout"] }));
  after(() => mock.timers.reset());

  const make = () => {
    const shown: (string | undefined)[] = [];
    const node = { status: (status: string | NodeStatus) => void shown.push(Object(status).text) };
    const status = new MicrophoneStatus(node, (id) => id);
    const microphone = { state: "talking" as MicrophoneState, takeLevel: () => 0 };
    return { shown, status, microphone, heard: microphone as unknown as Microphone };
  };

  it("is muted no longer than the microphone, although nothing is heard any more", () => {
    const { shown, status, microphone, heard } = make();
    microphone.state = "muted";
    status.changed("kitchen", heard);
    mock.timers.tick(60_000);
    assert.deepEqual(shown, ["status.muted"]);
    microphone.state = "talking";
    mock.timers.tick(60_000);
    assert.deepEqual(shown, ["status.muted", "status.idle"]);
    status.stop();
  });

  it("shows nothing of what comes after its node was closed", () => {
    const { shown, status, microphone, heard } = make();
    status.heard("kitchen", heard);
    status.stop();
    microphone.state = "muted";
    status.heard("kitchen", heard);
    status.changed("kitchen", heard);
    mock.timers.tick(60_000);
    assert.deepEqual(shown, ["status.talking"]);
  });
});
