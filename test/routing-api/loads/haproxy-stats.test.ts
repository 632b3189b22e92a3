import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  parseStats,
  seenServers,
  type ServerLine,
} from '../../../routing-api/loads/haproxy-stats.ts'

const HEADER = '# pxname,svname,qcur,qmax,scur,smax,status,weight,last_chk,'

function wordsOf({ backend, server, state, connections }: ServerLine): readonly unknown[] {
  return [backend, server, state, connections]
}

describe('statistics of HAProxy', () => {
  test('servers are lines with their state and the sessions they serve or keep waiting', () => {
    const csv = [
      HEADER,
      'front,FRONTEND,,,3,9,OPEN,,,',
      'data,d1,1,2,5,9,UP,100,L4OK,',
      'data,d2,0,0,2,9,DRAIN,0,"L7OK, ""fine""",',
      'data,d3,0,0,0,9,MAINT (via data/d1),100,,',
      'data,d4,0,0,0,9,DOWN 1/2,100,,',
      'data,d5,0,0,4,9,no check,100,,',
      'data,d6,0,0,4,9,UP 1/3,100,,',
      'data,d7,0,0,4,9,UP,0,,',
      'data,BACKEND,0,0,11,9,UP,300,,',
      '',
    ].join('\n')
    const stats = parseStats(csv)
    expect(stats.kind === 'stats' && stats.lines.map(wordsOf)).toEqual([
      ['data', 'd1', 'up', 6],
      ['data', 'd2', 'draining', 2],
      ['data', 'd3', 'down', 0],
      ['data', 'd4', 'down', 0],
      ['data', 'd5', 'up', 4],
      ['data', 'd6', 'up', 4],
      ['data', 'd7', 'draining', 4],
    ])
  })

  test('a server in several backends holds the sum, and is as able as where it is most', () => {
    const stats = parseStats(
      `${HEADER}\na,d1,0,0,5,9,DOWN,1,,\nb,d1,0,0,2,9,UP,1,,\nc,d1,0,0,1,9,UP,1,,\n`,
    )
    if (stats.kind !== 'stats') throw new Error('no statistics')
    expect(seenServers(stats.lines, []).get('d1')).toEqual({ state: 'up', connections: 8 })
    expect(seenServers(stats.lines, ['a', 'b']).get('d1')?.connections).toBe(7)
    expect(seenServers(stats.lines, ['x']).size).toBe(0)
  })

  test.each([
    ['<html>', 'no-header'],
    ['', 'no-header'],
    ['# pxname,svname,scur,status,weight', 'no-column'],
  ])('%j: %s', (csv, code) => {
    expect(parseStats(csv)).toMatchObject({ kind: 'reject', code })
  })

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (text) => {
        expect(parseStats(`${HEADER}\n${text}`).kind).toBe('stats')
      }),
    )
  })
})
