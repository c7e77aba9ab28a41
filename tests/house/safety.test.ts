import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ROOT_DIR } from '../support/index.ts'

function sources(folders: readonly string[], ending: RegExp): { file: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT_DIR, folder), { recursive: true, withFileTypes: true })
      .filter(
        (entry) => entry.isFile() && ending.test(entry.name) && !entry.name.endsWith('.test.ts'),
      )
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/node_modules|\/dist\//.test(path))
      .map((path) => ({ file: relative(ROOT_DIR, path), text: readFileSync(path, 'utf8') })),
  )
}

function filesWith(pattern: RegExp, folders: readonly string[], ending = /\.(ts|vue)$/): string[] {
  return sources(folders, ending)
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file)
}

const ALL = ['server/src', 'metamodel/src', 'runtime-ui/src', 'studio/src', 'plugins']

describe('the house runs no text as a program', () => {
  it('in no sandbox, and by no evaluation (n8n CVE-2025-68613, CVE-2026-1470, CVE-2026-25049, CVE-2026-27577, NocoBase 24203d7a01a, Odoo CVE-2020-29396)', () => {
    expect(filesWith(/node:vm|\bfrom 'vm2?'|isolated-vm|\bnew Function\(|\beval\(/, ALL)).toEqual(
      [],
    )
  })

  it('writes no HTML of a text into a page (NocoDB CVE-2026-28357, CVE-2026-28401)', () => {
    const writing = /\bv-html\b|\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write/
    expect(filesWith(writing, ['runtime-ui/src', 'studio/src', 'plugins'])).toEqual([])
  })

  it('makes names of statements in one file only (ERPNext CVE-2026-44446, CVE-2026-44447, Drizzle CVE-2026-39356)', () => {
    expect(filesWith(/\bsql\.(raw|lit|ref|id|table)\b/, ['server/src'])).toEqual([
      'server/src/schema/physical-map.ts',
    ])
  })

  it('takes templates as text alone, of a version that is sound (Handlebars CVE-2026-33937)', () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(ROOT_DIR, 'server/package.json'), 'utf8'),
    ) as { dependencies: Record<string, string> }
    const [major = 0, minor = 0, patch = 0] = (dependencies['handlebars'] ?? '')
      .split('.')
      .map(Number)
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(4_007_009)
  })

  it('checks no body by a pattern of the body itself (ajv CVE-2025-69873)', () => {
    expect(filesWith(/\$data:\s*true/, ['server/src', 'metamodel/src'])).toEqual([])
  })

  it('calls no address that somebody typed (Directus CVE-2026-35409, EspoCRM CVE-2026-33534, Budibase CVE-2026-31818, NocoBase CVE-2026-40346, Payload #15458, ech0 GHSA-r2x7-427f-rq69, Squidex CVE-2026-41177)', () => {
    const calling =
      /\bfetch\(|node:https|node:tls|undici|from 'node:http'.*request|openid-client|nodemailer/
    const known = new Set([
      // Runs in the browser, as text.
      'server/src/http/routes/docs.ts',
    ])
    const callers = filesWith(calling, ['server/src']).filter((file) => !known.has(file))
    // The provider of identities and the mail server: the operator's words at start, nobody else's.
    const operators =
      /^server\/src\/(mail\/|access\/identity-provider\.ts|http\/routes\/auth-provider\.ts)/
    expect(callers.filter((file) => !operators.test(file))).toEqual([])
  })
})
