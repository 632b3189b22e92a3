"""One wrong password from each of many addresses: what a botnet does that has enough of them. Prints what each met, counted."""
import asyncio
import collections
import json
import sys
import warnings

warnings.filterwarnings('ignore')
import asyncssh  # noqa: E402

port, count, at_once = (int(word) for word in sys.argv[1:4])


async def attempt(number, places, met):
    async with places:
        source = f'127.4.{number >> 8}.{number & 0xff or 255}'
        try:
            await asyncio.wait_for(asyncssh.connect(
                '127.0.0.1', port, username='admin', password='wrong', known_hosts=None, config=None, agent_path=None,
                client_keys=None, local_addr=(source, 0), preferred_auth='password'), 60)
            met['in'] += 1
        except asyncssh.PermissionDenied:
            met['tried'] += 1
        except Exception as error:
            met[type(error).__name__] += 1


async def main():
    met, places = collections.Counter(), asyncio.Semaphore(at_once)
    await asyncio.gather(*(attempt(number, places, met) for number in range(count)))
    print(json.dumps(met))

asyncio.run(main())
