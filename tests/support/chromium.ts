import { access, constants } from 'node:fs/promises'

import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Says where a Chromium was looked for and how to get one. */
export const HOW_TO_GET_ONE = `Looked in CHROMIUM, ${PLACES.join(', ')} and playwright's own; "apt-get install chromium" brings one.`

/**
 * Finds a Chromium: the one that `CHROMIUM` names, one of the system's, or playwright's own.
 *
 * @returns its path, or `undefined` when there is none.
 */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env['CHROMIUM']
  if (named !== undefined && named !== '') {
    if (await canRun(named)) return named
    throw new Error(`CHROMIUM names ${named}, which cannot be run`)
  }
  for (const place of [...PLACES, chromium.executablePath()]) {
    if (await canRun(place)) return place
  }
  return undefined
}

/**
 * Launches a headless Chromium.
 *
 * @throws Error saying where it was looked for, when there is none.
 */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = await findChromium()
  if (executablePath === undefined) {
    throw new Error(`There is no Chromium. ${HOW_TO_GET_ONE}`)
  }
  return chromium.launch({ ...options, executablePath, args: [...FLAGS, ...(options.args ?? [])] })
}

async function canRun(path: string): Promise<boolean> {
  if (path === '') return false
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
