import { createHash } from 'node:crypto'

import {
  canRead,
  type DashboardDefinition,
  type DescribedApps,
  type DescribedObject,
  describeObject,
  type Locale,
  localize,
  localizeLabels,
  type Model,
  type Reader,
  readsOnly,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { releaseCache } from '../query/release-cache.ts'

/** A described thing as JSON, and the tag by which a browser knows that it is still the same. */
export interface DescribedAnswer {
  json: string
  etag: string
}

type Tile = DashboardDefinition['tiles'][number]

const answers = releaseCache<DescribedAnswer>('described', 200)

function readerOf({ actor }: Context, locale: Locale): Reader {
  return { locale, rights: actor.rights, permissionSets: actor.permissionSets }
}

/** Everything that depends only on release, rights and language is made once. */
function remembered(
  context: Context,
  locale: Locale,
  what: string,
  make: () => unknown,
): DescribedAnswer {
  const { rights, permissionSets } = context.actor
  const key = `${rights.signature}|${permissionSets.join('+')}|${locale}|${what}`
  return answers(context.release).get(key, () => {
    const tag = createHash('sha256').update(key).digest('base64url').slice(0, 16)
    return { json: JSON.stringify(make()), etag: `"r${context.release.number}-${tag}"` }
  })
}

/** All objects that the caller may use. */
export function describedObjects(context: Context, locale: Locale): DescribedAnswer {
  return remembered(context, locale, 'objects', () => ({
    release: context.release.number,
    objects: [...context.release.model.objects.keys()].flatMap(
      (name) => describeObject(context.release.model, name, readerOf(context, locale)) ?? [],
    ),
  }))
}

/** One object; undefined if there is none that the caller may use. */
export function describedObject(
  context: Context,
  locale: Locale,
  name: string,
): DescribedAnswer | undefined {
  if (!context.release.model.objects.has(name) || !context.actor.rights.object(name).read) {
    return undefined
  }
  return remembered(context, locale, `object ${name}`, (): DescribedObject | undefined =>
    describeObject(context.release.model, name, readerOf(context, locale)),
  )
}

/** Whether a tile is made of what the caller may know, and of nothing else. */
function canCompute(model: Model, tile: Tile, reader: Reader): boolean {
  const object = model.objects.get(tile.object)
  if (!object || !reader.rights.object(tile.object).read) return false
  const fields = [...(tile.group_by ?? []), tile.measure].flatMap(({ field }) => field ?? [])
  return (
    fields.every((path) => canRead(object, path, model, reader)) &&
    readsOnly(model, object, tile.where, reader)
  )
}

/** The menus and dashboards of the caller: only what leads to something that they may see. */
export function describedApps(context: Context, locale: Locale): DescribedAnswer {
  return remembered(context, locale, 'apps', (): DescribedApps => {
    const { model } = context.release
    const { rights } = context.actor
    const reader = readerOf(context, locale)
    const canSee = (object: string): boolean => rights.object(object).read
    const dashboards = [...model.dashboards]
      .map(([name, definition]) => ({
        ...(localizeLabels(
          {
            ...definition,
            tiles: definition.tiles.filter((tile) => canCompute(model, tile, reader)),
          },
          locale,
        ) as DescribedApps['dashboards'][number]),
        name,
      }))
      .filter((dashboard) => dashboard.tiles.length > 0)
    const shown = new Set(dashboards.map((dashboard) => dashboard.name))
    const apps = [...model.apps].map(([name, app]) => ({
      name,
      label: localize(app.label, locale, name),
      navigation: (app.navigation ?? []).filter((item) =>
        'object' in item ? canSee(item.object) : shown.has(item.dashboard),
      ),
    }))
    return { apps: apps.filter((app) => app.navigation.length > 0), dashboards }
  })
}
