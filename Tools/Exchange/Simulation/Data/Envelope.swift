import PMJSON

/// The envelopes of the Data API, version 2: `{"data":X}`, and for lists a `pagination` besides.
enum Envelope {
    static func value(_ content: (inout JSONWriter) -> Void) -> [UInt8] {
        json {
            $0.key("data")
            $0.object(content)
        }
    }

    static let null = Array(#"{"data":null}"#.utf8)

    static func list<Element>(
        _ elements: some Sequence<Element>, _ content: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        json {
            $0.key("data")
            $0.raw(json(array: elements, content))
        }
    }

    /// - Parameters:
    ///   - limit: The size of the walk's pages.
    ///   - next: The cursor of the next page; `nil` on the last one.
    static func page<Element>(
        _ elements: some Sequence<Element>, limit: Int, next: SignedCursor?,
        _ content: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        json {
            $0.key("data")
            $0.raw(json(array: elements, content))
            $0.key("pagination")
            $0.object {
                $0.field("limit", limit)
                $0.field("offset", 0)
                $0.field("has_more", next != nil)
                $0.field("next_cursor", orNull: next?.text)
            }
        }
    }
}
