//! x
#[test]
fn dump() {
    let cases: Vec<(String, String)> = serde_json::from_str(&std::fs::read_to_string("/tmp/cases.json").unwrap()).unwrap();
    let mut out = Vec::new();
    for (name, text) in cases {
        let found = super::read(&text).err().unwrap_or_default();
        println!("##### {name}\n{}\n", super::rendered(&found));
        out.push((name, found.iter().map(|d| (d.code.id(), d.line, d.column, d.message.clone(), d.hint.clone())).collect::<Vec<_>>()));
    }
    std::fs::write("/tmp/out.json", serde_json::to_string(&out).unwrap()).unwrap();
}
