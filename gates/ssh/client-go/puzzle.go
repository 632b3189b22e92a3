package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"sync"
	"sync/atomic"
)

// mostExpectedHashes is what is accepted unless told otherwise.
const mostExpectedHashes = 1 << 24

const triesAtATime = 1 << 14

// puzzleTerms say how hard a puzzle is: each of the sub-puzzles' hashes must begin with a 32-bit number below the target.
type puzzleTerms struct {
	subPuzzles int
	target     uint32
}

func (terms puzzleTerms) expectedHashes() float64 {
	return float64(terms.subPuzzles) * (1 << 32) / float64(terms.target)
}

// puzzlePrefix is what every try of a puzzle begins with.
func puzzlePrefix(nonce, bind []byte, token string) [32]byte {
	return sha256.Sum256(labelled("puzzle", nonce, bind, []byte(token)))
}

// solvePuzzle finds the smallest counter of every sub-puzzle, on all processors; solved counts them as they are found. Nil
// when the context ends first.
func solvePuzzle(ctx context.Context, prefix [32]byte, terms puzzleTerms, solved *atomic.Int64) []byte {
	solution := make([]byte, 4*terms.subPuzzles)
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				index := next.Add(1) - 1
				if index >= int64(terms.subPuzzles) {
					return
				}
				counter, ok := solveOne(ctx, prefix, terms.target, uint32(index))
				if !ok {
					return
				}
				binary.BigEndian.PutUint32(solution[4*index:], counter)
				solved.Add(1)
				done.Add(1)
			}
		}()
	}
	workers.Wait()
	if done.Load() < int64(terms.subPuzzles) {
		return nil
	}
	return solution
}

func solveOne(ctx context.Context, prefix [32]byte, target, index uint32) (uint32, bool) {
	var input [40]byte
	copy(input[:], prefix[:])
	binary.BigEndian.PutUint32(input[32:], index)
	for counter := uint64(0); counter < 1<<32; counter++ {
		if counter%triesAtATime == 0 && ctx.Err() != nil {
			return 0, false
		}
		binary.BigEndian.PutUint32(input[36:], uint32(counter))
		digest := sha256.Sum256(input[:])
		if binary.BigEndian.Uint32(digest[:]) < target {
			return uint32(counter), true
		}
	}
	return 0, false
}
