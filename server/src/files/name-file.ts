import { RASTER_TYPES } from '@trellis/metamodel'

const LONGEST = 200
/** Controls, and marks that make a name read other than it is: `exe.jpg` written from right to left. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const FORBIDDEN = /[<>:"|?*]/g
const EXTENSION = /\.[\p{L}\p{N}]{1,10}$/u

const RASTER_EXTENSIONS: Readonly<Record<(typeof RASTER_TYPES)[number], readonly string[]>> = {
  'image/png': ['.png'],
  'image/jpeg': ['.jpg', '.jpeg'],
  'image/gif': ['.gif'],
  'image/webp': ['.webp'],
}

/**
 * A name that every system can keep and that says what it is: the last part of a path, without controls and without
 * dots at its ends. A picture that is called something else gets the ending of its type.
 * @example nameFile('../../etc/passwd', 'text/plain') // 'passwd'
 * @example nameFile('x.html', 'image/png') // 'x.html.png'
 */
export function nameFile(given: string, type: string): string {
  const last = given.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const plain = last
    .replaceAll(UNSEEN, '')
    .replaceAll(FORBIDDEN, '_')
    .replaceAll(/^[\s.]+|[\s.]+$/g, '')
  return shorten(withEnding(plain === '' ? 'file' : plain, type))
}

function withEnding(name: string, type: string): string {
  const endings = RASTER_TYPES.flatMap((one) => (one === type ? RASTER_EXTENSIONS[one] : []))
  const [first] = endings
  if (first === undefined) return name
  return endings.some((ending) => name.toLowerCase().endsWith(ending)) ? name : `${name}${first}`
}

function shorten(name: string): string {
  const letters = [...name]
  if (letters.length <= LONGEST) return name
  const [ending = ''] = EXTENSION.exec(name) ?? []
  return `${letters.slice(0, LONGEST - ending.length).join('')}${ending}`
}
