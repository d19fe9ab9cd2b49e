import assert from "node:assert/strict";
import type { RealtimeEvent } from "../../../lib/protocol/event-types";
import { ActivityTracker, type Activity } from "../../../lib/session/activity";
import { RoutingTable } from "../../../lib/session/routes";

describe("the activity of a session", () => {
  const make = () => {
    const seen: Activity[] = [];
    const tracker = new ActivityTracker((activity) => seen.push(activity));
    const table = new RoutingTable<ActivityTracker>().add((part) => part, ActivityTracker.routes);
    const take = (...types: readonly string[]): void => {
      for (const type of types)
        table.of(type)?.dispatch(tracker, { type } as RealtimeEvent, (_part, _event, error) => {
          throw error;
        });
    };
    return { seen, tracker, take };
  };
  const [started, stopped] = ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"] as const; // prettier-ignore

  it("follows a spoken turn", () => {
    const { seen, take } = make();
    take(started, stopped, "response.created", "response.output_audio.delta");
    take("response.output_audio.delta", "response.done");
    assert.deepEqual(seen, ["listening", "quiet", "thinking", "speaking", "quiet"]);
  });

  it("is listening as long as somebody speaks, whatever the server answers meanwhile", () => {
    const { seen, tracker, take } = make();
    take("response.created", "response.output_audio.delta", started);
    take("response.done", "response.created", "response.output_audio.delta");
    assert.equal(tracker.current, "listening");
    take(stopped);
    assert.deepEqual(seen, ["thinking", "speaking", "listening", "speaking"]);
  });

  for (const end of ["input_audio_buffer.cleared", "input_audio_buffer.committed"])
    it(`listens no longer after ${end}, which is all that some servers say`, () => {
      const { seen, take } = make();
      take(started, end, "response.created", "response.done");
      assert.deepEqual(seen, ["listening", "quiet", "thinking", "quiet"]);
    });

  it("is quiet when the connection has ended", () => {
    const { seen, tracker, take } = make();
    take(started, "response.created");
    tracker.reset();
    take("response.done");
    assert.deepEqual(seen, ["listening", "quiet"]);
  });
});
