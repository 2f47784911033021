"""Pure rules of telling: who hears of a fact, when a failed attempt is made again, when a level is reached. No clock, no database, no network."""
