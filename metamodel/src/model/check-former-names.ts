import type { RawComponent } from '../kinds/index.ts'
import type { ProblemList } from './problems.ts'

interface Named {
  name: string
  formerNames: readonly string[] | undefined
}

/** A former name leads to one thing: nothing is called so now, and nothing else was. */
export function checkFormerNames(
  at: Pick<RawComponent, 'kind' | 'name'>,
  own: Named,
  all: readonly Named[],
  problems: ProblemList,
): void {
  for (const [index, former] of (own.formerNames ?? []).entries()) {
    const taken = all.find(
      ({ name, formerNames = [] }) =>
        name === former || (name !== own.name && formerNames.includes(former)),
    )
    if (!taken) continue
    problems.add(
      at,
      'former_name_taken',
      `former_names.${index}`,
      `"${former}" means "${taken.name}" by now: take it out of the former names`,
      `“${former}”现在指“${taken.name}”：请将其从曾用名中移除`,
    )
  }
}
