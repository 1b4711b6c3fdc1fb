import PMJSON

/// Synthetic lines that together contain every form of JSON that a record can hold.
enum Fixture {
    static let trade = #"""
        {"kind":"trade","id":"0123456789abcdef0123456789abcdef","seq":7,"feed":"activity","via":"live","time":"2026-09-24T18:45:00.125Z","received_at":"2026-09-24T18:45:02.321Z","asset_id":"1641206501","condition_id":"0x008a","tx_hash":"0xf1fd","wallet":"0x05b6","side":"BUY","outcome":"Yes","outcome_index":0,"title":"Will \"Malta\" win?","price":0.14,"size":11.22,"value":1.5708,"extra":{"fee":0}}
        """#
    static let everything = #"""
         { "a" : [ ] , "b":{} , "c":[1,-2.5e+10,[true,false,null],{"d":"\u00e9\ud83d\udc33\n"}], "é" : "ß€🐳" , "k\u0065y":"\\" }  
        """#
    static let small = #"{"":"","a\"b":0.0}"#
    static let mark =
        #"{"kind":"mark","stream":"s","seq":18446744073709551615,"time":"2026-09-24T18:45:00.000Z"}"#

    static let all = [trade, everything, small, mark]
}

func isValid(_ bytes: [UInt8]) -> Bool { (try? validate(bytes.span)) != nil }

func isValid(_ text: String) -> Bool { isValid(Array(text.utf8)) }

func members(_ bytes: [UInt8]) -> MemberIndex? { try? MemberIndex(bytes.span) }

func reason(_ body: () throws(JSONError) -> Void) -> JSONError? {
    do throws(JSONError) {
        try body()
        return nil
    } catch {
        return error
    }
}
