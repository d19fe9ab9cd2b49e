/**
 * Calls `step` `count` times at a fixed pace of `rate` a second, and resolves after the last one.
 * What the timer was late for is made up at once, so the pace holds on average. `due` is when the
 * step should have been, on the clock of `sharedNow`.
 */
export function paced(
  count: number,
  rate: number,
  step: (index: number, due: number) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const start = sharedNow();
    let done = 0;
    const tick = (): void => {
      const due = Math.min(count, Math.ceil(((sharedNow() - start) / 1000) * rate));
      for (; done < due; done += 1) step(done, start + (done / rate) * 1000);
      if (done < count) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });
}

/** Now, in ms, on the clock that all processes of the machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
