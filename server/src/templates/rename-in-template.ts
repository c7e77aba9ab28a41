import type { Renaming } from '@trellis/metamodel'
import Handlebars from 'handlebars'

import { parseTemplate } from './parse-template.ts'

/** A part of a template's text and what takes its place. */
interface Replacement {
  from: number
  to: number
  text: string
}

/**
 * A template under new names of fields: inside lists and `with`, and in what helpers take as names of fields. All else
 * stays as it was written; a text that does not parse stays as it is.
 *
 * @example renameInTemplate('{{amt}} {{#each lines}}{{amt}}{{/each}}', renaming)
 */
export function renameInTemplate(text: string, renaming: Renaming): string {
  const { tree } = parseTemplate(text)
  if (!tree) return text
  const renamer = new Renamer(text, renaming)
  renamer.accept(tree)
  return renamer.found
    .toSorted((a, b) => b.from - a.from)
    .reduce(
      (now, { from, to, text: written }) => now.slice(0, from) + written + now.slice(to),
      text,
    )
}

/** Goes through a template with the record that names are read of at each place. */
class Renamer extends Handlebars.Visitor {
  readonly found: Replacement[] = []
  readonly #text: string
  readonly #lines: readonly number[]
  /** The record at hand, and those around it. */
  readonly #around: Renaming[]

  constructor(text: string, renaming: Renaming) {
    super()
    this.#text = text
    this.#around = [renaming]
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    const around = path.data ? this.#around[0] : this.#around.at(-1 - path.depth)
    const parts = path.parts.map(String)
    if (path.data ? parts[0] !== 'root' : parts.length === 0) return
    this.#rename(path, path.data ? parts.slice(1) : parts, around)
  }

  override SubExpression(call: hbs.AST.SubExpression): void {
    this.#renameNamed(call)
    super.SubExpression(call)
  }

  override MustacheStatement(call: hbs.AST.MustacheStatement): void {
    this.#renameNamed(call)
    super.MustacheStatement(call)
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    const inner = this.#inside(block)
    this.acceptArray(block.params)
    if (inner) this.#around.push(inner)
    this.accept(block.program)
    if (inner) this.#around.pop()
    if (block.inverse) this.accept(block.inverse)
  }

  /** What a block reads names of; undefined where it is the same record. */
  #inside({ path, params }: hbs.AST.BlockStatement): Renaming | undefined {
    const [given] = params
    const helper = 'original' in path ? String(path.original) : ''
    const around = this.#around.at(-1)
    if (!around || !given || !['each', 'with'].includes(helper) || !isPath(given)) return undefined
    const name = given.parts.map(String).join('.')
    return helper === 'each' ? around.behind(name) : along(around, name)
  }

  /** `label "field"` names a field of the record at hand, `sum list "field"` one of the list. */
  #renameNamed({ path, params }: hbs.AST.SubExpression | hbs.AST.MustacheStatement): void {
    const helper = isPath(path) ? path.original : ''
    const [first, second] = params
    const around = this.#around.at(-1)
    if (helper === 'label' && first && isText(first)) this.#renameText(first, around)
    if (helper !== 'sum' || !first || !second || !isPath(first) || !isText(second)) return
    this.#renameText(second, around?.behind(first.parts.map(String).join('.')))
  }

  #renameText(literal: hbs.AST.StringLiteral, renaming: Renaming | undefined): void {
    const renamed = renaming?.path(literal.value) ?? literal.value
    if (renamed !== literal.value) this.#replace(literal, literal.value, renamed)
  }

  #rename(
    path: hbs.AST.PathExpression,
    parts: readonly string[],
    renaming: Renaming | undefined,
  ): void {
    const name = parts.join('.')
    const renamed = renaming?.path(name) ?? name
    if (renamed === name) return
    const written = this.#text.slice(this.#at(path.loc.start), this.#at(path.loc.end))
    if (written.endsWith(name)) this.#replace(path, name, renamed)
    else this.#replace(path, parts.join('/'), renamed.replaceAll('.', '/'))
  }

  /** Replaces the last occurrence of a text within a node. */
  #replace({ loc }: hbs.AST.Node, old: string, text: string): void {
    const start = this.#at(loc.start)
    const at = this.#text.slice(start, this.#at(loc.end)).lastIndexOf(old)
    if (at >= 0) this.found.push({ from: start + at, to: start + at + old.length, text })
  }

  #at({ line, column }: hbs.AST.Position): number {
    return (this.#lines[line - 1] ?? 0) + column
  }
}

function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression'
}

function isText(node: hbs.AST.Node): node is hbs.AST.StringLiteral {
  return node.type === 'StringLiteral'
}

/** Names as they are called behind a reference. */
function along(renaming: Renaming, reference: string): Renaming {
  const depth = reference.split('.').length
  return {
    path: (path) => renaming.path(`${reference}.${path}`).split('.').slice(depth).join('.'),
    behind: (relationship) => renaming.behind(`${reference}.${relationship}`),
  }
}
