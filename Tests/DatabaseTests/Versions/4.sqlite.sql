CREATE TABLE trades (
    id TEXT PRIMARY KEY NOT NULL,
    revision INTEGER NOT NULL,
    seq INTEGER,
    feed TEXT,
    via TEXT,
    time TEXT NOT NULL,
    received_at TEXT,
    asset_id TEXT,
    condition_id TEXT,
    tx_hash TEXT,
    wallet TEXT,
    side TEXT,
    outcome TEXT,
    outcome_index INTEGER,
    title TEXT,
    slug TEXT,
    event_slug TEXT,
    name TEXT,
    pseudonym TEXT,
    price REAL,
    size REAL,
    value REAL,
    tier TEXT,
    enrichment TEXT,
    enrichment_reason TEXT,
    tags TEXT,
    record TEXT NOT NULL,
    stored_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    retracted_at TEXT,
    retract_reason TEXT
, role TEXT, market_type TEXT);
INSERT INTO trades VALUES('a',1,1,'activity','live','2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z','77','0xm1','0xabc','0xw1','BUY','Yes',NULL,'Will it rain?',NULL,NULL,NULL,NULL,0.5,20000.0,10000.0,'WHALE','enriched',NULL,'["WHALE","SMART_MONEY","SWEEPER"]','{"kind":"trade","id":"a","seq":1,"feed":"activity","via":"live","time":"2026-11-22T10:00:00.000Z","received_at":"2026-11-22T10:00:00.000Z","asset_id":"77","condition_id":"0xm1","tx_hash":"0xabc","wallet":"0xw1","side":"BUY","role":"taker","outcome":"Yes","title":"Will it rain?","price":0.5,"size":20000,"tier":"WHALE","revision":1,"enrichment":"enriched","profile":{"total_profit":60000.5,"positions":40,"winners":30,"win_rate":0.75,"activity":"HIGH","as_of":"2026-11-22T10:00:01.000Z"},"market":{"question":"Will it rain?","end_date":"2026-12-31T12:00:00.000Z","volume":1000,"tags":["Weather","Daily"],"closed":false,"as_of":"2026-11-22T10:00:01.000Z"},"impact":{"levels":5,"slippage_percent":1.25,"as_of":"2026-11-22T10:00:01.000Z"},"tags":["WHALE","SMART_MONEY","SWEEPER"]}','2026-12-01T12:19:18.666Z',NULL,NULL,'taker',NULL);
INSERT INTO trades VALUES('b',0,2,'activity','live','2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z','78','0xm1','0xabc','0xw2','BUY','No',NULL,'Will it rain?',NULL,NULL,'Ann',NULL,0.5,20000.0,10000.0,NULL,NULL,NULL,'"WHALE"','{"kind":"trade","id":"b","seq":2,"feed":"activity","via":"live","time":"2026-11-22T10:00:00.000Z","received_at":"2026-11-22T10:00:00.000Z","asset_id":"78","condition_id":"0xm1","tx_hash":"0xabc","wallet":"0xw2","side":"BUY","role":"maker","outcome":"No","title":"Will it rain?","price":0.5,"size":20000,"name":"Ann","tags":"WHALE"}','2026-12-01T12:19:18.666Z',NULL,NULL,'maker',NULL);
CREATE TABLE wallets (
    address TEXT PRIMARY KEY NOT NULL,
    name TEXT,
    pseudonym TEXT,
    named_at TEXT,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    profile TEXT,
    profile_as_of TEXT
);
INSERT INTO wallets VALUES('0xw1',NULL,NULL,NULL,'2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z','{"total_profit":60000.5,"positions":40,"winners":30,"win_rate":0.75,"activity":"HIGH","as_of":"2026-11-22T10:00:01.000Z"}','2026-11-22T10:00:01.000Z');
INSERT INTO wallets VALUES('0xw2','Ann',NULL,'2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z',NULL,NULL);
CREATE TABLE markets (
    condition_id TEXT PRIMARY KEY NOT NULL,
    title TEXT,
    slug TEXT,
    event_slug TEXT,
    icon TEXT,
    named_at TEXT,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    market TEXT,
    market_as_of TEXT
);
INSERT INTO markets VALUES('0xm1','Will it rain?',NULL,NULL,NULL,'2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z','2026-11-22T10:00:00.000Z','{"question":"Will it rain?","end_date":"2026-12-31T12:00:00.000Z","volume":1000,"tags":["Weather","Daily"],"closed":false,"as_of":"2026-11-22T10:00:01.000Z"}','2026-11-22T10:00:01.000Z');
CREATE TABLE cursors (
    stream TEXT PRIMARY KEY NOT NULL,
    seq INTEGER NOT NULL,
    time TEXT,
    owner TEXT NOT NULL,
    previous_owner TEXT
);
INSERT INTO cursors VALUES('s',3,'2026-11-22T10:00:00.000Z','8fx9ac-xd1m2u-1xqu7ze-zex7pj',NULL);
CREATE TABLE gaps (
    id TEXT PRIMARY KEY NOT NULL,
    seq INTEGER,
    feed TEXT,
    state TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT,
    cause TEXT,
    recovered INTEGER,
    record TEXT NOT NULL
);
INSERT INTO gaps VALUES('g1',3,'activity','unrecoverable','2026-11-22T12:00:00.000Z','2026-11-22T15:30:00.000Z','silent',4,'{"kind":"gap","id":"g1","seq":3,"feed":"activity","state":"unrecoverable","from":"2026-11-22T12:00:00.000Z","to":"2026-11-22T15:30:00.000Z","cause":"silent","recovered":4}');
CREATE TABLE portfolio_snapshots (
    wallet TEXT NOT NULL,
    as_of TEXT NOT NULL,
    value REAL,
    profit REAL,
    record TEXT NOT NULL,
    PRIMARY KEY (wallet, as_of)
);
CREATE TABLE leaderboard_snapshots (
    period TEXT NOT NULL,
    as_of TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (period, as_of)
);
CREATE TABLE alerts (
    id TEXT PRIMARY KEY NOT NULL,
    revision INTEGER NOT NULL,
    time TEXT NOT NULL,
    rule TEXT,
    subscriber TEXT,
    trade_id TEXT,
    record TEXT NOT NULL
);
CREATE TABLE users (
    name TEXT PRIMARY KEY NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE alert_settings (
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    types TEXT NOT NULL,
    min_value TEXT,
    tiers TEXT NOT NULL,
    wallets TEXT NOT NULL,
    markets TEXT NOT NULL, max_price TEXT, sides TEXT NOT NULL DEFAULT '', categories TEXT NOT NULL DEFAULT '', cooldown_ms INTEGER, roles TEXT,
    PRIMARY KEY (user_name, channel, target)
);
CREATE INDEX trades_time ON trades (time);
CREATE INDEX trades_wallet ON trades (wallet, time);
CREATE INDEX trades_market ON trades (condition_id, time);
CREATE INDEX trades_tier ON trades (tier, time) WHERE tier IS NOT NULL;
CREATE INDEX alerts_time ON alerts (time);
CREATE VIEW wallet_activity AS
    SELECT w.address, w.name, count(t.id) AS trades, sum(t.value) AS value, max(t.value) AS largest,
        w.first_seen, w.last_seen
    FROM wallets w LEFT JOIN trades t ON t.wallet = w.address AND t.retracted_at IS NULL
    GROUP BY w.address, w.name, w.first_seen, w.last_seen;
CREATE VIEW coverage AS
    SELECT feed, state, count(*) AS gaps, sum(round((julianday("to") - julianday("from")) * 86400, 3)) AS seconds,
        sum(recovered) AS recovered, min("from") AS first, max("from") AS last
    FROM gaps GROUP BY feed, state;
CREATE VIEW whale_trades AS 
    SELECT time, tier, value, side, outcome, price, size, title, wallet, name, tags, tx_hash, id,
        role, market_type
    FROM trades WHERE tier IS NOT NULL AND retracted_at IS NULL;
CREATE VIEW market_flow AS 
    SELECT t.condition_id, m.title, t.outcome, count(*) AS trades,
        sum(CASE WHEN t.side = 'BUY' THEN t.value ELSE 0 END) AS bought,
        sum(CASE WHEN t.side = 'SELL' THEN t.value ELSE 0 END) AS sold,
        max(t.time) AS last_trade
    FROM trades t LEFT JOIN markets m ON m.condition_id = t.condition_id
    WHERE t.retracted_at IS NULL AND (t.role IS NULL OR t.role <> 'maker')
    GROUP BY t.condition_id, m.title, t.outcome;
CREATE VIEW market_flow_by_role AS 
    SELECT t.condition_id, m.title, t.outcome, t.role, count(*) AS trades,
        sum(CASE WHEN t.side = 'BUY' THEN t.value ELSE 0 END) AS bought,
        sum(CASE WHEN t.side = 'SELL' THEN t.value ELSE 0 END) AS sold,
        max(t.time) AS last_trade
    FROM trades t LEFT JOIN markets m ON m.condition_id = t.condition_id
    WHERE t.retracted_at IS NULL
    GROUP BY t.condition_id, m.title, t.outcome, t.role;
PRAGMA user_version = 4;
