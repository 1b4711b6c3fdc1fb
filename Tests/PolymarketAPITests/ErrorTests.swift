import PMRecord
import PolymarketAPI
import Testing

struct ErrorTests {
    @Test(arguments: [
        (
            422, #"{"type":"validation error","error":"bad cursor"}"#,
            "gamma/markets/keyset: HTTP 422: validation error: bad cursor"
        ),
        (
            400, #"{"error":"invalid cursor","code":"invalid_request"}"#,
            "gamma/markets/keyset: HTTP 400: invalid cursor"
        ),
        (
            400, #"{"error":"side must be BUY or SELL","parameter":"side"}"#,
            "gamma/markets/keyset: HTTP 400: side must be BUY or SELL (parameter side)"
        ),
        (404, "404 page not found", "gamma/markets/keyset: HTTP 404"),
        (429, "", "gamma/markets/keyset: HTTP 429"),
        (502, "\n<!DOCTYPE html><html>", "gamma/markets/keyset: HTTP 502: a web page"),
        (500, #"{"error":""}"#, "gamma/markets/keyset: HTTP 500"),
        (500, #"{"error":"a\u001b[31mb"}"#, "gamma/markets/keyset: HTTP 500: a\u{FFFD}[31mb"),
    ])
    func anErrorKeepsTheServicesSentence(status: Int, body: String, sentence: String) {
        #expect(
            APIError(status: status, body: bytes(body), from: .gammaMarketsKeyset).description == sentence)
    }

    @Test func aSentenceIsCutAtTwoHundredCharacters() throws {
        let message = try #require(
            ServiceMessage(bytes(#"{"error":"\#(String(repeating: "x", count: 900))"}"#)))
        #expect(message.sentence.count == 201)
        #expect(ServiceMessage(bytes(#"{"error":"e","code":"rate_limited"}"#))?.code == "rate_limited")
    }

    @Test(arguments: [
        ("<html>", "data/v2/trades: answer is a web page", APIError.Kind.webPage),
        ("", "data/v2/trades: answer is not JSON: unexpected end at byte 0", .notJSON),
        (
            #"{"data":[{"size":1}"#, "data/v2/trades: answer is not JSON: unexpected end at byte 19",
            .notJSON
        ),
        ("{}", #"data/v2/trades: member "data" is missing"#, .form),
        ("[]", #"data/v2/trades: member "data" is missing"#, .form),
        ("null", #"data/v2/trades: member "data" is missing"#, .form),
        (#"{"data":{}}"#, #"data/v2/trades: member "data" is not a list"#, .form),
        (
            #"{"error":"invalid cursor"}"#, #"data/v2/trades: member "data" is missing: invalid cursor"#,
            .form
        ),
        (
            #"{"data":[7]}"#, #"data/v2/trades: member "pagination" is missing or is not an object"#, .form
        ),
        (
            #"{"data":[7],"pagination":{}}"#,
            #"data/v2/trades: member "pagination.has_more" is missing or is not a boolean"#, .form
        ),
    ])
    func anotherFormIsAnErrorThatNamesRouteAndMember(body: String, sentence: String, kind: APIError.Kind) {
        do throws(APIError) {
            _ = try DataAPI.TradesRead(takerOnly: true).page(in: bytes(body))
            Issue.record("no error")
        } catch {
            #expect(error.description == sentence && error.kind == kind)
        }
    }

    @Test(arguments: [
        ("[]", #"data/v2/value: member "data" is missing"#),
        ("{}", #"data/v2/value: member "data" is missing"#),
        (#"{"data":[]}"#, #"data/v2/value: member "data" is not an object"#),
        (#"{"data":7}"#, #"data/v2/value: member "data" is not an object"#),
    ])
    func aSingleAnswerOfAnotherFormIsAnError(body: String, sentence: String) {
        do throws(APIError) {
            _ = try DataAPI.PortfolioValueRead(of: "0xaa").reading(of: bytes(body))
            Issue.record("no error")
        } catch {
            #expect(error.description == sentence && error.route == .dataV2Value)
        }
    }

    @Test func keysetListsNameTheirMember() {
        #expect(throws: APIError(.form, #"member "markets" is missing"#, from: .gammaMarketsKeyset)) {
            try Gamma.MarketsRead(.all).page(in: bytes(#"{"events":[]}"#))
        }
    }
}
