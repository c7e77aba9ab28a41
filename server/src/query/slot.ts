/**
 * The place of a value in a compiled statement: what each request brings along. It stands among the bound
 * values and is replaced by the value of that name before the statement runs.
 */
export class Slot {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Values by the names of their slots. */
export type SlotValues = Readonly<Record<string, unknown>>
