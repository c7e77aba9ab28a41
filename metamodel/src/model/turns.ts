/** Work that can be left between its turns, each of which is short. */
export type Turns<Result> = Generator<undefined, Result, undefined>

/** Takes all turns, one after another. */
export function inOneGo<Result>(turns: Turns<Result>): Result {
  for (;;) {
    const turn = turns.next()
    if (turn.done === true) return turn.value
  }
}
