import PolymarketAPI
import Testing

struct RequestTests {
    @Test(arguments: [
        (
            Gamma.market("0xab"),
            "https://gamma-api.polymarket.com/markets?include_tag=true&limit=20&condition_ids=0xab"
        ),
        (
            Gamma.market("0xab", isClosed: true),
            "https://gamma-api.polymarket.com/markets?include_tag=true&limit=20&closed=true&condition_ids=0xab"
        ),
        (Gamma.profile(of: "0xcd"), "https://gamma-api.polymarket.com/public-profile?address=0xcd"),
        (
            DataAPI.positions(of: "0xcd", from: 500),
            "https://data-api.polymarket.com/positions?user=0xcd&sizeThreshold=0&limit=500&offset=500"
        ),
        (
            DataAPI.closedPositions(of: "0xcd"),
            "https://data-api.polymarket.com/closed-positions?user=0xcd&limit=50&offset=0&sortBy=TIMESTAMP"
                + "&sortDirection=DESC"
        ),
        (
            DataAPI.trades(of: "0xcd", limit: 100),
            "https://data-api.polymarket.com/trades?user=0xcd&limit=100&takerOnly=false"
        ),
        (CLOB.book(of: "77"), "https://clob.polymarket.com/book?token_id=77"),
    ])
    func goToTheirService(request: APIRequest, url: String) {
        #expect(APIBases().url(of: request) == url)
    }

    @Test func goElsewhereWhenTold() {
        let bases = APIBases(clob: "http://127.0.0.1:8000/clob/")
        #expect(bases.url(of: CLOB.book(of: "a b&c")) == "http://127.0.0.1:8000/clob/book?token_id=a%20b%26c")
    }

    @Test(arguments: [
        ("https://polygon-rpc.com", "polygon-rpc.com"), ("http://127.0.0.1:8545/", "127.0.0.1:8545"),
        ("https://me:s3cret@Node.example:443/v2/key", "node.example:443"),
        ("https://node.example?key=s3cret", "node.example"),
    ])
    func aServicesPlaceIsToldWithoutItsSecrets(url: String, authority: String) {
        #expect(APIBases(polygon: url).authority(of: .polygon) == authority)
        #expect(APIBases().authority(of: .polygon) == nil)
        #expect(APIBases().authority(of: .clob) == "clob.polymarket.com")
    }

    @Test func everyRouteHasALimit() {
        #expect(Route.allCases.allSatisfy { $0.publishedLimit > 0 })
    }
}
