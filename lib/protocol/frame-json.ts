/** Where the audio of a short event begins, in characters; what is before it names the event. */
const HEAD = 400;

/** In shorter frames there is nothing to win. */
const SHORTEST = 2_048;

/** The start of a frame whose audio is a member of the event itself, up to the audio. */
const AUDIO = /^\{[^{\\]*?"(delta|audio)":"/;

/**
 * As `JSON.parse`, in half the time and with half the garbage for an event that is mostly audio: that
 * text is cut out as a part of the frame, instead of being copied character by character. Nine in ten
 * bytes of a session are such audio.
 *
 * @throws SyntaxError for what is no JSON; only a control character in long audio, which JSON does not
 *   allow, is let through.
 */
export function parseJson(text: string): unknown {
  const found = text.length < SHORTEST ? null : AUDIO.exec(text.slice(0, HEAD));
  if (found === null) return JSON.parse(text);
  const [head, name = ""] = found;
  const end = text.indexOf('"', head.length);
  // A member that comes twice has the value that came last, however its name is written.
  if (text.includes("\\", head.length) || text.includes(`"${name}"`, end)) return JSON.parse(text);
  // What begins with a brace is an object, or no JSON.
  const event = JSON.parse(head + text.slice(end)) as Record<string, unknown>;
  event[name] = text.slice(head.length, end);
  return event;
}
