import type { Model } from '@trellis/metamodel'

import type { AccessFact } from './access-fact.ts'
import { listAccessFacts } from './list-access-facts.ts'

/** The file of a package that says who may do what. */
export const ACCESS_SNAPSHOT = 'access-snapshot.md'

const HEAD = `# Who may see and do what

Made from the metadata by \`npm run crm -- access-snapshot metadata/crm --write\`, to be read in the difference of a
change: each line says by itself what it is about. Field access is told where it differs from that of the other fields.
`

/** All that a model says about access as text: one line per fact, sorted, equal for equal models. */
export function describeAccessSnapshot(model: Model): string {
  const facts = listAccessFacts(model).filter((fact) => fact.isUsual !== true)
  const sections = Map.groupBy(facts, (fact) => fact.section)
  const texts = [...sections].toSorted(byName).map(([section, own]) => {
    const lines = [...Map.groupBy(own, (fact) => fact.line)].toSorted(byName).map(toLine)
    return `\n## ${section}\n\n${lines.join('\n')}\n`
  })
  return HEAD + texts.join('')
}

function toLine([line, facts]: [string, AccessFact[]]): string {
  return `- ${line}: ${facts.map((fact) => fact.short).join(' · ')}`
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1
}

/**
 * The lines that two snapshots do not share, as a difference: `-` what is gone, `+` what has come.
 * @example diffSnapshots('- a: read\n', '- a: edit\n') // ['- - a: read', '+ - a: edit']
 */
export function diffSnapshots(before: string, now: string): string[] {
  const [old, made] = [before.split('\n'), now.split('\n')]
  return [
    ...old.filter((line) => line !== '' && !made.includes(line)).map((line) => `- ${line}`),
    ...made.filter((line) => line !== '' && !old.includes(line)).map((line) => `+ ${line}`),
  ]
}
