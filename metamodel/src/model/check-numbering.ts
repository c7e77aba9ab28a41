import { type NumberingReset, parseNumberingFormat, showsPeriod } from '../field-types/index.ts'
import type { Component } from '../kinds/index.ts'
import type { ProblemList } from './problems.ts'

/** How something is numbered, as it is authored. */
interface Numbering {
  readonly format: string
  readonly reset?: NumberingReset | undefined
}

/** A format has one counter, and shows the period after which the counter starts anew: else numbers would come twice. */
export function checkNumbering(
  component: Component,
  { format, reset }: Numbering,
  { at, problems }: { readonly at: string; readonly problems: ProblemList },
): void {
  const parts = parseNumberingFormat(format)
  if (!parts) {
    problems.add(
      component,
      'wrong_format',
      `${at}format`,
      `"${format}" needs exactly one counter such as {0000}`,
      `“${format}”需要且只能有一个计数器，如 {0000}`,
    )
  } else if (reset !== undefined && !showsPeriod(parts, reset)) {
    problems.add(
      component,
      'contradiction',
      `${at}reset`,
      `"${format}" does not show when the counter starts anew, so that numbers would come twice`,
      `“${format}”未包含重新计数的周期，编号会重复`,
    )
  }
}
