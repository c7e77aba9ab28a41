import { type CompiledText, type Statement, toSqlText } from './statement.ts'

/** Names for the statements of one session that come more than once; those that come once are not worth preparing. */
export class RepeatedStatements {
  /** Text → name; undefined of one that came once. */
  readonly #names = new Map<string, string | undefined>()
  #named = 0

  /** The same statement, with a name if it has come before. What is given as text may hold several statements. */
  named(statement: Statement, values: readonly unknown[] | undefined): CompiledText | undefined {
    if (typeof statement === 'string') return undefined
    const compiled = toSqlText(statement, values)
    return { ...compiled, name: this.nameOf(compiled.text) }
  }

  /** Undefined when a text comes for the first time. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const name = this.#names.has(text) ? `again_${(this.#named += 1)}` : undefined
    this.#names.set(text, name)
    return name
  }
}
