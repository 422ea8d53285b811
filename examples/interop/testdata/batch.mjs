// Runs many of the programs here in one process: starting node takes longer than opening an envelope.
//
// stdin: {"folder": ..., "now": seconds, "jobs": [[program, argument, ...], ...]}; stdout: for each job how it
// ended, "" or the reason of its refusal.
import { readFileSync, writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const { folder, now, jobs } = JSON.parse(readFileSync(0))
const load = (name) => import(pathToFileURL(`${folder}/${name}.mjs`))
const { Refused } = await load('segel')
Date.now = () => now * 1000
console.log = () => {}

const end = async (program, ...args) => {
  try {
    await (await load(program)).main(...args)
    return ''
  } catch (e) {
    return e instanceof Refused ? e.message : String(e)
  }
}
const ends = []
for (const job of jobs) ends.push(await end(...job))
writeSync(1, JSON.stringify(ends))
