import type { EChartsCoreOption } from 'echarts/core'

import type { ChartColors } from './chart-colors.ts'

/** One row of a chart: a label, and a value per series. */
export interface ChartRow {
  label: string
  /** By series; null where there is nothing. */
  values: readonly (number | null)[]
  /** Resolved colour of the row, where its value has one of its own. */
  color?: string | undefined
}

export interface ChartInput {
  type: 'bar' | 'line' | 'funnel' | 'donut'
  rows: readonly ChartRow[]
  /** Names of the series; one without a name if the rows are not divided. */
  series: readonly string[]
  /** Resolved colours: of the series, and of what surrounds them. */
  colors: Pick<ChartColors, 'series' | 'text' | 'second' | 'line' | 'surface' | 'font'>
  /** Writes a value out, short. */
  write: (value: number) => string
  isMotionReduced: boolean
  /** Of the chart, in pixels. */
  width: number
  /** What an axis of days says at these rows, shorter than their labels because one stands beside the other. */
  ticks?: ((rows: readonly number[]) => string[]) | undefined
}

/** What the label of a bar takes: an amount in three digits. */
const LABEL_WIDTH = 42
/** What a word on an axis of days takes, and the numbers of the other axis. */
const TICK_WIDTH = 36
const NUMBERS_WIDTH = 48
/** So few have room for names of two lines. */
const FEW = 8

/** Whether every bar has room for its own label; those that lie have a line each. */
function hasRoom({ type, rows, width }: ChartInput): boolean {
  return type === 'funnel' || rows.length * LABEL_WIDTH <= width
}

/**
 * What ECharts is given for a tile: no frame, three faint lines and a baseline, labels at the marks, the same
 * tooltip everywhere.
 */
export function chartOption(input: ChartInput): EChartsCoreOption {
  const { colors, write, isMotionReduced } = input
  const { font } = colors
  return {
    animation: !isMotionReduced,
    animationDuration: 200,
    color: [...colors.series],
    textStyle: { fontFamily: font, fontSize: 12, color: colors.second },
    tooltip: {
      trigger: input.type === 'line' ? 'axis' : 'item',
      confine: true,
      // Drawn like the chart itself; as markup the browser would refuse it.
      renderMode: 'richText',
      backgroundColor: colors.surface,
      borderColor: colors.line,
      padding: [6, 10],
      textStyle: { color: colors.text, fontSize: 12, fontFamily: font },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? write(value) : '–'),
    },
    ...(input.series.length > 1 ? { legend: legendOf(input) } : {}),
    ...(input.type === 'donut' ? donut(input) : cartesian(input)),
  }
}

function legendOf({ colors }: ChartInput): object {
  return {
    top: 0,
    left: 0,
    icon: 'circle',
    itemWidth: 8,
    itemHeight: 8,
    textStyle: { color: colors.second, fontFamily: colors.font },
  }
}

function cartesian(input: ChartInput): EChartsCoreOption {
  const isLying = input.type === 'funnel'
  const category = categoryAxis(input, isLying)
  const value = valueAxis(input, isLying)
  return {
    grid: {
      left: 4,
      right: input.type === 'bar' ? 8 : 64,
      bottom: 4,
      top: input.series.length > 1 ? 32 : 20,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: isLying ? value : category,
    yAxis: isLying ? category : value,
    series: input.series.map((name, index) => seriesOf(input, name, index)),
  }
}

function categoryAxis(input: ChartInput, isLying: boolean): object {
  const { rows, colors } = input
  return {
    type: 'category',
    data: rows.map((row) => row.label),
    inverse: isLying,
    axisTick: { show: false },
    axisLine: { show: !isLying, lineStyle: { color: colors.line } },
    axisLabel: {
      color: colors.second,
      fontSize: 12,
      hideOverlap: true,
      ...(hasRoom(input) ? { interval: 0 } : {}),
      ...ticksOf(input),
      ...(isLying ? { width: 112, overflow: 'truncate' } : {}),
      ...(!isLying && rows.length <= FEW ? { width: 68, overflow: 'break' } : {}),
    },
  }
}

/** As many of the ticks as there is room for, the last one among them. */
function ticksOf({ rows, ticks, width }: ChartInput): object {
  if (!ticks) return {}
  const step = Math.max(1, Math.ceil((rows.length * TICK_WIDTH) / (width - NUMBERS_WIDTH)))
  const shown = [...rows.keys()].filter((at) => (rows.length - 1 - at) % step === 0)
  const texts = new Map(ticks(shown).map((text, index) => [shown[index], text]))
  return {
    interval: (at: number) => texts.has(at),
    formatter: (label: string, at: number) => texts.get(at) ?? label,
    lineHeight: 16,
  }
}

function valueAxis(input: ChartInput, isLying: boolean): object {
  const { type, series, colors, write } = input
  const isLabelled = type !== 'line' && (isLying || (series.length === 1 && hasRoom(input)))
  return {
    type: 'value',
    splitNumber: 3,
    axisLabel: { show: !isLabelled, color: colors.second, formatter: write },
    splitLine: { show: !isLying, lineStyle: { color: colors.line, opacity: 0.6 } },
  }
}

function seriesOf(input: ChartInput, name: string, index: number): object {
  const { type, rows, series, colors, write } = input
  const isLying = type === 'funnel'
  const data = rows.map((row, at) => ({
    value: row.values[index] ?? null,
    ...(row.color && series.length === 1 && type !== 'line'
      ? { itemStyle: { color: row.color } }
      : {}),
    // On a line only the last point is named; the others are read on the axis.
    ...(type === 'line' ? { label: { show: series.length === 1 && at === rows.length - 1 } } : {}),
  }))
  const label = {
    show: series.length === 1 && hasRoom(input),
    position: type === 'bar' ? 'top' : 'right',
    color: colors.text,
    fontSize: 12,
    formatter: ({ value }: { value: unknown }) =>
      typeof value === 'number' && value !== 0 ? write(value) : '',
  }
  const shape =
    type === 'line'
      ? { type: 'line', symbol: 'circle', symbolSize: 6, lineStyle: { width: 2 } }
      : {
          type: 'bar',
          barMaxWidth: isLying ? 20 : 36,
          itemStyle: { borderRadius: isLying ? [0, 3, 3, 0] : [3, 3, 0, 0] },
        }
  const stack = series.length > 1 && type !== 'line' ? { stack: 'all' } : {}
  return {
    name,
    data,
    label,
    labelLayout: { hideOverlap: true },
    emphasis: { disabled: false, focus: 'none' },
    cursor: 'pointer',
    ...shape,
    ...stack,
  }
}

/** The slices have their names in the legend beside the chart, where there is room for them. */
function donut({ rows, colors }: ChartInput): EChartsCoreOption {
  const data = rows.map((row) => ({
    name: row.label,
    value: row.values[0] ?? 0,
    ...(row.color ? { itemStyle: { color: row.color } } : {}),
  }))
  return {
    series: [
      {
        type: 'pie',
        radius: ['58%', '88%'],
        center: ['50%', '50%'],
        data,
        cursor: 'pointer',
        itemStyle: { borderColor: colors.surface, borderWidth: 2 },
        label: { show: false },
        emphasis: { scale: false },
      },
    ],
  }
}
