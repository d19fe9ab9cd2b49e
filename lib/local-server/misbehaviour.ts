import type { Fault, FaultOf, FaultType } from "./faults";

/** A fault in force. */
export interface ActiveFault<F extends Fault = Fault> {
  readonly fault: F;
  /** How often it may still happen. */
  left: number;
}

/** The faults of one server: what is in force, for its handshakes and for all its connections. */
export class Misbehaviour {
  #active: readonly ActiveFault[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(faults: readonly Fault[]) {
    this.#active = faults.map(activeOf);
  }

  /** Replaces all faults; none behaves again. Connections that stood still go on. */
  set(faults: readonly Fault[]): void {
    this.#active = faults.map(activeOf);
    for (const listener of this.#listeners) listener();
  }

  /** Calls a listener after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Faults of these types that may still happen, in the order in which they were asked for. */
  find<T extends FaultType>(...types: readonly T[]): ActiveFault<FaultOf<T>>[] {
    return this.#active.filter(
      (active): active is ActiveFault<FaultOf<T>> =>
        active.left > 0 && types.some((type) => type === active.fault.type),
    );
  }

  /** The first fault of this type that fits; it counts as having happened. */
  take<T extends FaultType>(
    type: T,
    fits: (fault: FaultOf<T>) => boolean = () => true,
  ): FaultOf<T> | undefined {
    const active = this.find(type).find(({ fault }) => fits(fault));
    if (active === undefined) return undefined;
    active.left -= 1;
    return active.fault;
  }
}

function activeOf(fault: Fault): ActiveFault {
  const often = "times" in fault && fault.times > 0 ? fault.times : Infinity;
  return { fault, left: often };
}
