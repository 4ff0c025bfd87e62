// Values of eight fields as people have them: names, ages around forty, sums of money, cities of unequal size, times with
// gaps. The same for everyone, by a generator with a fixed seed. As MessagePack rows, deflated, 10,000 take about 370 KB.

const GIVEN = "Ada Alan Amara Anna Ben Carla Chen Clara David Elena Emil Eva Farid Fatima Felix Grace Hana Hugo Ines Ivan Jana Jonas Kofi Lea Leo Lina Luca Maja Marco Maria Mateo Mia Nadia Noah Nora Olga Omar Paul Pia Priya Rosa Samir Sofia Tariq Tom Vera Yuki Zoe".split(" ")
const FAMILY = "Adeyemi Ahmed Andersson Bauer Becker Bianchi Brown Costa Diaz Dubois Egger Eriksen Evans Ferrari Fischer Garcia Haas Hansen Hoffmann Ito Ivanova Jansen Jensen Johnson Kaya Keller Khan Kim Klein Kovacs Lang Larsen Lee Lopez Maier Martin Meyer Mori Moreau Müller Nguyen Novak Okafor Olsen Patel Pereira Petrov Popescu Ricci Rossi Sato Schmidt Schneider Silva Singh Smith Suzuki Svensson Tanaka Torres Vogel Wagner Wang Weber Wolf Yilmaz Zhang Zimmermann".split(" ")
const HOSTS = ["example.org", "example.com", "mail.example.net", "post.example"]
const TAGS = ["red", "green", "blue", "amber", "violet", "teal", "ochre"]
const CITIES = 200
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/** Mulberry32 (Tommy Ettinger, public domain): numbers from 0 up to 1. @param {number} seed */
function createRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * A world as makeWorld() gives it.
 * @param {number} nodes
 * @param {boolean} fresh ids of 20 random letters, as they are given to nodes without one; else `user-1` and so on
 */
export function makePeople(nodes, fresh) {
  const random = createRandom(20_261_126)
  const pick = (/** @type {any[] | string} */ list) => list[Math.floor(random() * list.length)]
  const ids = [], values = []
  let created = 1_700_000_000_000
  for (let i = 0; i < nodes; i++) {
    const given = pick(GIVEN), family = pick(FAMILY)
    const city = Math.floor(random() ** 2 * CITIES)   // the first are the largest
    created += Math.floor(random() ** 3 * 600_000)
    ids.push(fresh ? Array.from({ length: 20 }, () => pick(LETTERS)).join("") : `user-${i + 1}`)
    values.push({
      name: `${given} ${family}`,
      email: `${given}.${family}${Math.floor(random() * 100)}@${pick(HOSTS)}`.toLowerCase(),
      age: Math.round(18 + (random() + random() + random()) * 22),
      active: random() < 0.8,
      balance: Math.round(random() ** 2 * 100_000) / 100,
      tags: TAGS.filter(() => random() < 0.25),
      address: { city: `city-${city}`, zip: 10_000 + city * 37 + Math.floor(random() * 8) },
      created,
    })
  }
  return { nodes, ids, values, shuffled: ids }
}
