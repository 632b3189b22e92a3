import { type AnomalyDetector } from './anomaly-detector.ts'

/** Shape of the forest; `draw` gives numbers in [0, 1) that fix its trees for good. */
export interface HalfSpaceOptions {
  readonly dimensions: number
  readonly trees?: number
  readonly depth?: number
  /** Points after which what was learned becomes the reference. */
  readonly window?: number
  readonly draw: () => number
}

/** Nodes that held fewer points than this in the reference are not followed further down. */
const SIZE_LIMIT = 25

/**
 * Half-Space Trees (Tan, Ting and Liu, IJCAI 2011): full binary trees that halve random dimensions of
 * a random work space; a point is as ordinary as the mass of the node it falls into, 2^depth times
 * over. Two sets of masses, one of reference and one being learned, change places every window. The
 * score is -log2 of the mean mass, so that larger is stranger as in every detector here.
 */
export function halfSpaceTrees(options: HalfSpaceOptions): AnomalyDetector {
  const { dimensions, trees = 25, depth = 12, window = 250, draw } = options
  const nodes = 2 ** (depth + 1) - 1
  const inner = 2 ** depth - 1
  const feature = new Uint8Array(trees * inner)
  const split = new Float32Array(trees * inner)
  const reference = new Float32Array(trees * nodes)
  const latest = new Float32Array(trees * nodes)
  let learned = 0
  for (let tree = 0; tree < trees; tree += 1) {
    grow(feature, split, tree * inner, inner, workSpace(dimensions, draw), draw)
  }

  function mass(tree: number, point: Float64Array): number {
    let node = 0
    for (let level = 0; level < depth; level += 1) {
      const held = reference[tree * nodes + node] ?? 0
      if (held < SIZE_LIMIT) return held * 2 ** level
      node = next(tree, node, point)
    }
    return (reference[tree * nodes + node] ?? 0) * 2 ** depth
  }

  function next(tree: number, node: number, point: Float64Array): number {
    const at = tree * inner + node
    const right = (point[feature[at] ?? 0] ?? 0) >= (split[at] ?? 0)
    return 2 * node + (right ? 2 : 1)
  }

  function score(point: Float64Array): number {
    let sum = 0
    for (let tree = 0; tree < trees; tree += 1) sum += mass(tree, point)
    return -Math.log2((sum / trees + 1) / (window + 1))
  }

  return {
    score,
    learn(point): void {
      for (let tree = 0; tree < trees; tree += 1) {
        let node = 0
        for (let level = 0; level <= depth; level += 1) {
          const at = tree * nodes + node
          latest[at] = (latest[at] ?? 0) + 1
          if (level < depth) node = next(tree, node, point)
        }
      }
      learned += 1
      if (learned % window !== 0) return
      reference.set(latest)
      latest.fill(0)
    },
    /** What the score loses when a feature is put to its middle. */
    explain(point): Float64Array {
      const whole = score(point)
      const shares = new Float64Array(dimensions)
      const without = Float64Array.from(point)
      for (let i = 0; i < dimensions; i += 1) {
        without[i] = 0.5
        shares[i] = whole - score(without)
        without[i] = point[i] ?? 0
      }
      return shares
    },
  }
}

type Range = readonly [low: number, high: number]

/** The paper's: s uniform in [0, 1), the range s ± 2 max(s, 1 - s). */
function workSpace(dimensions: number, draw: () => number): readonly Range[] {
  return Array.from({ length: dimensions }, () => {
    const s = draw()
    const width = 2 * Math.max(s, 1 - s)
    return [s - width, s + width] as const
  })
}

/** Fills one tree, node by node: children of i are 2i + 1 and 2i + 2. */
function grow(
  feature: Uint8Array,
  split: Float32Array,
  at: number,
  inner: number,
  space: readonly Range[],
  draw: () => number,
): void {
  const spaces: (readonly Range[])[] = [space]
  for (let node = 0; node < inner; node += 1) {
    const here = spaces[node] ?? space
    const q = Math.floor(draw() * here.length)
    const [low, high] = here[q] ?? [0, 1]
    const middle = (low + high) / 2
    feature[at + node] = q
    split[at + node] = middle
    spaces[2 * node + 1] = here.map((range, i) => (i === q ? [low, middle] : range))
    spaces[2 * node + 2] = here.map((range, i) => (i === q ? [middle, high] : range))
  }
}
