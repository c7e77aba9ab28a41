import { type Cells, type CellWriter, quote } from './cells.ts'
import type { TellName } from './mask-cells.ts'

/** One key of an emitted object: a cell, or a reference with what is shown of the record it leads to. */
export type Output =
  | { key: string; cell: number; write: CellWriter }
  | ReferenceOutput
  | { key: string; choices: readonly ChosenReference[] }

/** A reference: where its id and name are, and what else is shown of the record. */
export interface ReferenceOutput {
  key: string
  id: number
  name: number | null
  tellName: TellName
  parts: readonly Output[]
}

/** One of several references of which at most one has a value, and the object that it leads to. */
export interface ChosenReference extends ReferenceOutput {
  object: string
}

/** Writes a row, or a part of it, as JSON. */
export type Emitter = (row: Cells) => string

/**
 * Compiles outputs into a function that writes a row of text as a JSON object, without parsing it first.
 * @example compileEmitter([{ key: 'amount', cell: 0, write: trimNumber }])(['12.50']) // '{"amount":12.5}'
 */
export function compileEmitter(outputs: readonly Output[]): Emitter {
  const write = compileMembers(outputs)
  return (row) => `{${write(row)}}`
}

function compileMembers(outputs: readonly Output[]): Emitter {
  const members = outputs.map((output, index) => ({
    head: `${index === 0 ? '' : ','}${quote(output.key)}:`,
    write: compileOutput(output),
  }))
  return (row) => {
    let json = ''
    for (const { head, write } of members) json += head + write(row)
    return json
  }
}

function compileOutput(output: Output): Emitter {
  if ('cell' in output) return compileCell(output)
  return 'choices' in output ? compileChoice(output.choices) : compileReference(output)
}

function compileChoice(choices: readonly ChosenReference[]): Emitter {
  const writers = choices.map((one) => ({
    id: one.id,
    write: compileReference(one, `,"object":${quote(one.object)}`),
  }))
  return (row) => writers.find(({ id }) => (row[id] ?? null) !== null)?.write(row) ?? 'null'
}

function compileCell({ cell, write }: { cell: number; write: CellWriter }): Emitter {
  return (row) => {
    const text = row[cell]
    return text === null || text === undefined ? 'null' : write(text)
  }
}

function compileReference(
  { id, name, tellName, parts }: ReferenceOutput,
  object: string = '',
): Emitter {
  const writeParts = compileMembers(parts)
  const separator = parts.length > 0 ? ',' : ''
  return (row) => {
    const recordId = row[id]
    if (recordId === null || recordId === undefined) return 'null'
    const text = name === null ? null : tellName(row[name])
    const shown = text === null ? 'null' : quote(text)
    return `{"id":"${recordId}","name":${shown}${object}${separator}${writeParts(row)}}`
  }
}
