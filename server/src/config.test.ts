import { isAbsolute, join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ConfigError, loadConfig } from './config.ts'

function errorOf(environment: Record<string, string>): ConfigError {
  try {
    loadConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error
  }
  throw new Error('The environment was accepted')
}

describe('loadConfig', () => {
  it('listens on this machine only and keeps its data in the repository by default', () => {
    const config = loadConfig({})
    expect(config).toMatchObject({ host: '127.0.0.1', port: 3000, demo: true, logLevel: 'info' })
    expect(config.databaseUrl).toBeUndefined()
    expect(config.dataDir).toBe(join(config.rootDir, '.data'))
    expect(config.poolSize).toBeGreaterThanOrEqual(8)
  })

  it('resolves a relative DATA_DIR against the repository, not the current directory', () => {
    const { dataDir, rootDir } = loadConfig({ DATA_DIR: 'elsewhere/data' })
    expect(dataDir).toBe(join(rootDir, 'elsewhere', 'data'))
    expect(isAbsolute(dataDir)).toBe(true)
    expect(loadConfig({ DATA_DIR: '/srv/trellis' }).dataDir).toBe('/srv/trellis')
  })

  it('takes an empty variable for an absent one', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({
      port: 3000,
      databaseUrl: undefined,
    })
  })

  it('names every wrong variable at once, and never repeats a password', () => {
    const environment = {
      PORT: '99999',
      DEMO: 'perhaps',
      LOG_LEVEL: 'loud',
      POOL_SIZE: '1e3',
      DATABASE_URL: 'mysql://root:secret@localhost/crm',
      ADMIN_EMAIL: 'nobody',
    }
    const { problems, message } = errorOf(environment)
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'POOL_SIZE',
      'ADMIN_EMAIL',
      'DEMO',
      'LOG_LEVEL',
      'ADMIN_EMAIL',
    ])
    expect(message).not.toContain('secret')
  })

  it('asks for the administrator’s address and password together', () => {
    expect(() => loadConfig({ ADMIN_PASSWORD: 'x' })).toThrow('must be set together')
    const environment = { ADMIN_EMAIL: 'ada@example.cn', ADMIN_PASSWORD: 'x' }
    expect(loadConfig(environment)).toMatchObject({ adminEmail: 'ada@example.cn' })
  })
})
