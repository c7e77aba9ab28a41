import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase, describeWithChromium, launchChromium, ROOT_DIR } from '../support/index.ts'

const run = promisify(execFile)

describe('createDatabase', () => {
  it('clones a database with the migrations, apart from all others', async () => {
    const [first, second] = await Promise.all([createDatabase(), createDatabase()])
    await first.database.execute('create table main.only_here (id int)')
    const tables = await second.database.query<{ found: string | null }>(
      `select to_regclass('main.only_here') as found`,
    )
    expect(tables).toEqual([{ found: null }])
    expect(await second.database.query('select name from platform.tenant')).toEqual([
      { name: 'main' },
    ])
    await Promise.all([first.drop(), second.drop()])
  })
})

const describeInBrowser = await describeWithChromium()

describeInBrowser('launchChromium', () => {
  it('shows Chinese text', async () => {
    const browser = await launchChromium()
    const page = await browser.newPage()
    await page.setContent('<p id="name" style="font: 40px sans-serif">客户</p>')
    const box = await page.locator('#name').boundingBox()
    expect(await page.textContent('#name')).toBe('客户')
    expect(box?.height).toBeGreaterThan(30)
    await browser.close()
  })
})

describe('the closing line', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trellis-line-'))
    await symlink(join(ROOT_DIR, 'node_modules'), join(folder, 'node_modules'))
    const reporter = JSON.stringify(join(ROOT_DIR, 'tests/support/closing-line-reporter.ts'))
    const config = `import { ClosingLineReporter } from ${reporter}
      export default { test: { reporters: [new ClosingLineReporter()] } }`
    await writeFile(join(folder, 'vitest.config.ts'), config)
  })

  afterAll(() => rm(folder, { recursive: true }))

  const closingLine = async (tests: string): Promise<string | undefined> => {
    await writeFile(join(folder, 'some.test.ts'), `import { it } from 'vitest'\n${tests}`)
    const vitest = join(ROOT_DIR, 'node_modules/vitest/vitest.mjs')
    const { stdout } = await run(process.execPath, [vitest, 'run'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    )
    return stdout.trimEnd().split('\n').at(-1)
  }

  it('counts what passed', async () => {
    expect(await closingLine(`it('a', () => {}); it('b', () => {})`)).toBe('2 passed, 0 failed')
  })

  it('counts what failed and what was skipped', async () => {
    const tests = `it('a', () => {}); it('b', () => { throw new Error() }); it.skip('c', () => {})`
    expect(await closingLine(tests)).toBe('1 passed, 1 failed, 1 skipped')
  })

  it('counts a file that cannot be loaded as a failure', async () => {
    expect(await closingLine(`throw new Error('at once')`)).toBe('0 passed, 1 failed')
  })
})
