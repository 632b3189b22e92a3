import { cpus } from 'node:os'

/** One JSON line: which bench, what was measured, on what. */
export function print(bench: string, fields: Readonly<Record<string, unknown>>): void {
  const machine = { node: process.version, cores: cpus().length }
  console.log(JSON.stringify({ bench, ...fields, ...machine }))
}

/** The value below which `share` of the sorted samples lie. */
export function quantile(sorted: Float64Array | readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
