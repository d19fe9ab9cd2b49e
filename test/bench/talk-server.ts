import { spokenAnswer, spokenQuestion, toolCall, turnIds, type Frame } from "./turn";

/** Appends of 20 ms that make a question: two seconds. */
export const APPENDS_PER_QUESTION = 100;

/** What a turn of the talk takes in a room: the question and 14 s of answer, with pauses. */
export const SECONDS_PER_TURN = 20;

/** Every so many questions are answered by way of a tool. */
const QUESTIONS_PER_CALL = 5;

/**
 * The server's half of a talk: answers every question that was heard, some by calling a tool and
 * speaking about its output. Returns what takes the client's frames.
 */
export function talkServer(send: (frame: Frame) => void): (text: string) => void {
  let appends = 0;
  let questions = 0;
  let turns = 0;
  let eventCount = 0;

  const say = (frames: Iterable<Frame>): void => {
    for (const frame of frames) {
      eventCount += 1;
      send({ ...frame, event_id: `event_talk_${eventCount}` });
    }
  };
  const nextIds = () => {
    turns += 1;
    return turnIds(turns);
  };

  return (text) => {
    const event = JSON.parse(text) as {
      type: string;
      item?: object;
      response?: { metadata?: object };
    };
    switch (event.type) {
      case "input_audio_buffer.append": {
        appends += 1;
        if (appends % APPENDS_PER_QUESTION !== 0) return;
        questions += 1;
        const ids = nextIds();
        say(spokenQuestion(ids));
        if (questions % QUESTIONS_PER_CALL !== 0) say(spokenAnswer("mix", ids, ids.question));
        else say(toolCall(ids, "set_light", JSON.stringify({ room: "kitchen", on: true })));
        return;
      }
      case "conversation.item.create": {
        const item = { ...event.item, object: "realtime.item", status: "completed" };
        say([
          { type: "conversation.item.added", previous_item_id: null, item },
          { type: "conversation.item.done", previous_item_id: null, item },
        ]);
        return;
      }
      case "response.create": {
        const ids = nextIds();
        say(spokenAnswer("mix", ids, ids.question, event.response?.metadata));
        return;
      }
      default:
    }
  };
}
