/// A made-up question with its outcomes.
struct Question {
    let title: String
    let outcomes: [String]

    init(in category: Category, random: inout SeededRandom) {
        let (town, person, month) = (random.pick(towns), random.pick(people), random.pick(months))
        switch category {
        case .sports:
            let pair = teams.shuffled(with: &random)
            (title, outcomes) = ("\(pair[0]) vs. \(pair[1])", [pair[0], pair[1]])
        case .esports:
            let pair = teams.shuffled(with: &random)
            (title, outcomes) = (
                "\(pair[0]) vs \(pair[1]) - Game \(random.int(in: 1...5)) Winner", [pair[0], pair[1]]
            )
        case .politics:
            (title, outcomes) = (
                "Will \(town) vote for the \(random.pick(causes)) by \(month) 30?", ["Yes", "No"]
            )
        case .crypto:
            (title, outcomes) = (
                "Will Bitcoin reach $\(random.int(in: 60...240)),000 in \(month)?", ["Yes", "No"]
            )
        case .culture:
            (title, outcomes) = ("Will \(person) release an album in \(month)?", ["Yes", "No"])
        case .weather:
            (title, outcomes) = (
                "Will the highest temperature in \(town) be \(random.int(in: -5...38))°C on \(month) \(random.int(in: 1...28))?",
                ["Yes", "No"]
            )
        case .economics:
            (title, outcomes) = ("Will the bank of \(town) cut rates in \(month)?", ["Yes", "No"])
        case .tech:
            (title, outcomes) = ("Will \(person) announce a new phone before \(month)?", ["Yes", "No"])
        }
    }
}

/// Titles that go wrong where somebody forgot to escape.
let awkwardTitles = [
    #"Will "The Long Night" win Best Picture?"#,
    "Will 🐳 whales return to Lantern Bay? 👩‍👩‍👧",
    "**Will** _markdown_ [click](https://evil.example) survive? @everyone `rm -rf`",
    "<script>alert('x')</script> & <b>bold</b> by June?",
    "Will the terminal \u{1B}[31mturn red\u{1B}[0m\u{7} today?",
    #"Will C:\temp\new \u0041 be read as it stands?"#,
    "Will abc\u{202E}txt.exe\u{202C} be shown the right way round?\u{200B}",
    "Line one\nLine two\tand a tab?",
    "Will Ærøskøbing, 東京 and Кривий Ріг agree? ½ € 𝕏",
    "'; DROP TABLE trades; -- by Friday?",
    "Will a question with a very long title, which goes on and on, \(String(repeating: "and on, ", count: 40))end?",
    "{{7*7}} ${HOME} %s %n \r\nBcc: someone@evil.example",
]

let awkwardNames = [
    "@everyone", "<img src=x onerror=alert(1)>", "🦈 shark 🦈", "\u{1B}]0;owned\u{7}",
    #"Robert "Bobby" Tables"#,
    "*bold*_it_", "\u{202E}reversed", "name, with, commas",
]

let towns = [
    "Lantern City", "Port Amber", "Northwick", "Saltmarsh", "Granite Falls", "Eastvale", "Old Harbour",
    "Bramble Hill",
    "Silver Creek", "Windmere", "Copper Ridge", "Fennbridge",
]

let people = [
    "Ada Fairweather", "Milo Brandt", "Ines Okafor", "Tomas Lindqvist", "Priya Valen", "Oskar Dunmore",
    "Lucia Ferro",
    "Hana Whitlock", "Bela Korda", "Rufus Tanaka",
]

let teams = [
    "Herons", "Night Owls", "Ironclads", "Tidebreakers", "Red Foxes", "Summit", "Comets", "Millers",
    "Voyagers", "Lynx",
    "Harriers", "Drakes",
]

private let months = ["October", "November", "December", "January", "February", "March"]
private let causes = [
    "harbour tunnel", "night tram", "shorter week", "old observatory", "bread tax", "new charter",
]

let adjectives = [
    "Mealy", "Brisk", "Favorable", "Limping", "Forked", "Cute", "Ashamed", "Agile", "Rowdy", "Unwieldy",
]
let nouns = [
    "Oar", "Webinar", "Semicolon", "Pricing", "Congress", "Webcam", "Analogy", "Tenement", "Availability",
    "Kelp",
]
