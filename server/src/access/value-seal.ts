import { hkdfSync } from 'node:crypto'

import type { ValueSeal } from '../schema/release.ts'
import { KEYS_REMEMBERED_MS, type NamedKey, nameKeys } from './key-ring.ts'
import { keyIdOf, openSealed, sealContent } from './seal.ts'

const PURPOSE = 'record values'

/**
 * Seals the values of encrypted fields, each under the name of its column, so that none can be moved to another. It
 * works at once, as one page of a list may open a thousand of them; keys are read anew from time to time, and where one
 * is unknown.
 *
 * @param load at least 32 random bytes each, the newest first
 */
export function createValueSeal(load: () => readonly Buffer[]): ValueSeal {
  const made = new Map<string, Buffer>()
  let keys: readonly NamedKey[] = []
  let loadedAt = -Infinity
  const reload = (): void => {
    keys = nameKeys(load())
    loadedAt = performance.now()
  }
  const secretOf = ({ id, secret }: NamedKey): Buffer => {
    const name = id.toString('hex')
    const known = made.get(name) ?? Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, 32))
    made.set(name, known)
    return known
  }
  const newest = (): NamedKey => {
    if (performance.now() - loadedAt > KEYS_REMEMBERED_MS) reload()
    const [first] = keys
    if (first === undefined) throw new Error('There is no key')
    return first
  }
  const find = (id: Buffer): NamedKey | undefined => keys.find((key) => key.id.equals(id))
  const open = (sealed: Buffer, column: string): string => {
    const id = keyIdOf(sealed)
    if (id !== undefined && find(id) === undefined) reload()
    const key = id && find(id)
    const opened = key && openSealed(sealed, column, secretOf(key))
    if (opened === undefined) throw new Error(`A value of ${column} cannot be opened`)
    return opened.toString('utf8')
  }
  const seal = (text: string, column: string): Buffer => {
    const key = newest()
    return sealContent(Buffer.from(text), column, { id: key.id, secret: secretOf(key) })
  }
  return {
    seal,
    open,
    reseal: (sealed, column) =>
      keyIdOf(sealed)?.equals(newest().id) === true
        ? undefined
        : seal(open(sealed, column), column),
  }
}
