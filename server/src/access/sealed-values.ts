import type { FieldModel, FieldValue } from '@trellis/metamodel'

import type { Release } from '../schema/release.ts'

/** What seals and opens values. */
export type Sealing = Pick<Release, 'physical' | 'seal'>

/** A value as its column takes it: that of an encrypted field sealed, any other as it is. */
export function restingValue(
  release: Sealing,
  field: FieldModel,
  value: FieldValue | undefined,
): FieldValue | undefined {
  if (!field.type.isSealed || typeof value !== 'string') return value
  return `\\x${sealOf(release).seal(value, columnOf(release, field)).toString('hex')}`
}

/** The text that a sealed value says. */
export function openValue(release: Sealing, field: FieldModel, sealed: Buffer): string {
  return sealOf(release).open(sealed, columnOf(release, field))
}

/** A text sealed under a name of its own: it lies in no column of its field. */
export function sealText(release: Sealing, text: string, name: string): Buffer {
  return sealOf(release).seal(text, name)
}

/** What `sealText` was given. @throws Error when it was sealed under another name */
export function openText(release: Sealing, sealed: Buffer, name: string): string {
  return sealOf(release).open(sealed, name)
}

/** The same of a cell as PostgreSQL writes it: `\x` and hexadecimal digits. */
export function openCell(release: Sealing, field: FieldModel, cell: string): string {
  return openValue(release, field, Buffer.from(cell.slice(2), 'hex'))
}

/** Sealed values lie under the names that the database has, which no rename changes. */
function columnOf({ physical }: Sealing, { object, name }: FieldModel): string {
  return `${physical.tableName(object)}.${physical.columnName(object, name)}`
}

function sealOf({ seal }: Sealing): NonNullable<Release['seal']> {
  if (!seal) throw new Error('Encrypted fields cannot be read or written without the keys')
  return seal
}
