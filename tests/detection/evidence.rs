//! What the sum of evidence has to get right, each with fresh values: what other scanners find and
//! a veto once hid, and what people commit that is no leak. One test for each kind of mistake.

use libtest_mimic::Failed;
use tokenward::providers::model::examples::expand;

use crate::findings::scan;

/// A text with `{{token}}` where the value stands, and the value's form.
type Case = (&'static str, &'static str);

/// So many values for each.
const TRIES: u64 = 10;

/// Real leaks: the text, the form, and the provider if it has to be named.
const LEAKS: [(&str, &str, Option<&str>); 45] = [
    // Ordinary words near a value say nothing about it.
    ("MAIL_FROM=noreply@example.org\nAPI_KEY={{token}}\n", "{alnum:32}", None),
    ("# myapp\n```\nmock = stub\nACME_TOKEN={{token}}\n", "{alnum:24}", None),
    ("assert fixture\napi_secret = \"{{token}}\"\n", "{hex:32}", None),
    ("development:\n  secret_token: {{token}}\n", "{alnum:40}", None),
    // Notations.
    ("<config><password>{{token}}</password></config>\n", "{alnum:20}", None),
    ("<string name=\"api_key\">{{token}}</string>\n", "{alnum:32}", None),
    ("<key>apiSecret</key>\n\t<string>{{token}}</string>\n", "{alnum:32}", None),
    ("env:\n  - name: DB_PASSWORD\n    value: {{token}}\n", "{alnum:20}", None),
    ("{\"name\": \"API_TOKEN\", \"value\": \"{{token}}\"}\n", "{alnum:24}", None),
    (
        "[{\"name\": \"STORAGE_SECRET\",\n  \"value\": \"{{token}}\", \"slotSetting\": false}]\n",
        "{alnum:40}",
        None,
    ),
    ("<add key=\"SmtpPassword\" value=\"{{token}}\"/>\n", "{alnum:20}", None),
    ("curl -u 'deploy:{{token}}' https://ci.acme.io/job\n", "{alnum:24}", None),
    ("curl -u deploy:{{token}} https://ci.acme.io/job\n", "{alnum:24}", None),
    ("IDENTIFIED BY '{{token}}';\n", "{alnum:20}", None),
    // Hex of lengths that few keys have.
    ("JENKINS_API_TOKEN={{token}}\n", "{hex:34}", Some("jenkins")),
    ("ACME_SECRET={{token}}\n", "{hex:20}", None),
    ("ACME_SECRET={{token}}\n", "{hex:30}", None),
    ("ACME_SECRET={{token}}\n", "{hex:36}", None),
    ("ACME_SECRET={{token}}\n", "{hex:44}", None),
    ("ACME_SECRET={{token}}\n", "{hex:50}", None),
    // A provider's own name makes nothing weaker.
    ("PINECONE_API_KEY={{token}}\n", "{uuid}", Some("pinecone")),
    ("UPSTASH_REDIS_REST_TOKEN={{token}}\n", "{alnum:40}", Some("upstash")),
    ("WAKATIME_API_KEY={{token}}\n", "{uuid}", Some("wakatime")),
    ("SENDGRID_API_KEY={{token}}\n", "{alnum:32}", Some("sendgrid")),
    ("DEEPGRAM_KEY={{token}}\n", "{hex:32}", Some("deepgram")),
    // The name says whose it is.
    ("LIVEKIT_API_SECRET={{token}}\n", "{alnum:43}", Some("livekit")),
    ("STORYBLOK_TOKEN={{token}}\n", "{alnum:24}", Some("storyblok")),
    ("storyblokToken: '{{token}}'\n", "{alnum:24}", Some("storyblok")),
    ("storyblok.apiKey = \"{{token}}\"\n", "{alnum:24}", Some("storyblok")),
    ("STORYBLOK_SECRET_KEY=\"{{token}}\"\n", "{alnum:40}", Some("storyblok")),
    // Names that are hard to read.
    ("storyblokKEY={{token}}\n", "{alnum:32}", Some("storyblok")),
    ("storyblok TOKEN {{token}}\n", "{alnum:32}", Some("storyblok")),
    ("storyblokPRIVATEkey {{token}}\n", "{alnum:32}", Some("storyblok")),
    ("storyblok-secrettoken-{{token}}\n", "{alnum:32}", Some("storyblok")),
    ("acmekey={{token}}\n", "{alnum:32}", None),
    // Short passwords, and those with signs in them.
    ("DB_PASSWORD=\"Vw7#{{token}}!kQ\"\n", "{alnum:4}", None),
    ("db_password: 'mB&{{token}}$9x'\n", "{alnum:6}", None),
    ("smtp.password=Rk4!{{token}}\n", "{alnum:8}", None),
    ("postgres://app:{{token}}@db.example.com/app\n", "{alnum:20}", Some("postgres")),
    ("mysql://app:{{token}}@localhost/app\n", "{alnum:20}", Some("mysql")),
    ("redis://:{{token}}@cache.local:6379\n", "{alnum:24}", Some("redis")),
    ("https://app:{{token}}@server/x\n", "{alnum:24}", None),
    // A platform's own variable says nothing against its value.
    ("TOKEN: {{token}}\n", "{alnum:16}", None),
    ("secrets:\n  # API_KEY: {{token}}\n", "{alnum:32}", None),
    ("Authorization: Bearer {{token}}\n", "{alnum:32}", None),
];

/// What is no leak.
const CLEAN: [Case; 35] = [
    // Encrypted where it stands, for every rule.
    (
        "kind: SealedSecret\nspec:\n  encryptedData:\n    SENDGRID_API_KEY: AgB{{token}}==\n",
        "{b64:300}",
    ),
    ("kind: SealedSecret\nspec:\n  encryptedData:\n    mailjet_secret: AgA{{token}}\n", "{b64:80}"),
    ("postmark_token: ENC[AES256_GCM,data:{{token}},iv:a,tag:b,type:str]\n", "{b64:64}"),
    ("SENDGRID_API_KEY=vault:v1:{{token}}\n", "{b64:96}"),
    ("mailgun_key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {{token}}\n", "{hex:80}"),
    ("password: '{cipher}{{token}}'\n", "{hex:64}"),
    // Hashes.
    ("- uses: sparkpost/action@{{token}}\n", "{hex:40}"),
    (
        "resolved \"https://registry.yarnpkg.com/sparkpost/-/sparkpost-2.1.4.tgz#{{token}}\"\n",
        "{hex:40}",
    ),
    ("mailjet==1.0 --hash=md5:{{token}}\n", "{hex:32}"),
    ("mailjet==1.0 --hash=sha256:{{token}}\n", "{hex:64}"),
    ("TWILIO_SDK_MD5 = \"{{token}}\"\n", "{hex:32}"),
    ("\"name\": \"mailjet\", \"gitHead\": \"{{token}}\"\n", "{hex:40}"),
    ("\"name\": \"mailjet\", \"shasum\": \"{{token}}\"\n", "{hex:40}"),
    ("\"name\": \"twilio\", \"reference\": \"{{token}}\"\n", "{hex:40}"),
    ("\"twilio\": {\"integrity\": \"sha512-{{token}}==\"}\n", "{b64:86}"),
    // DNS and mail.
    ("TXT \"mailjet-domain-verification={{token}}\"\n", "{hex:32}"),
    ("TXT \"twilio-code:{{token}}\"\n", "{hex:32}"),
    ("mailjet._domainkey TXT \"v=DKIM1; k=rsa; p=MIGfMA0{{token}}\"\n", "{b64:180}"),
    // A piece of an address.
    ("https://cdn.example.com/{{token}}-us1/hero.png\n", "{hex:32}"),
    // Names that are no secret's.
    ("ClientRequestToken: {{token}}\n", "{uuid}"),
    ("\"ChangeToken\": \"{{token}}\"\n", "{uuid}"),
    ("first_key = \"{{token}}\"\n", "{uuid}"),
    ("<input name=\"_token\" value=\"{{token}}\">\n", "{alnum:43}"),
    ("VAPID_PUBLIC_KEY={{token}}\n", "B{w:86}"),
    ("Next page token: {{token}}\n", "{alnum:40}"),
    ("nextPageToken = {{token}}\n", "{alnum:40}"),
    ("idempotency_key: {{token}}\n", "{uuid}"),
    ("public_key: {{token}}\n", "{alnum:44}"),
    ("hash_hmac('sha256', 'data', 'secret') == '{{token}}'\n", "{hex:64}"),
    ("hmac(\"sha256\", data, \"secret\", \"{{token}}\")\n", "{hex:64}"),
    // A word inside a longer word is no word.
    ("sqlalchemy revision {{token}}\n", "{hex:32}"),
    // Placeholders of the whole value, and references.
    ("SENDGRID_API_KEY=your_api_key_{{token}}\n", "here"),
    ("password: ${DB_{{token}}}\n", "PASSWORD"),
    ("DB_PASSWORD=changeme{{token}}\n", "123"),
    ("password: P@ssw0rd{{token}}\n", "123!"),
];

/// Every one is found where it stands, and named where its name says whose it is; of random values
/// one in a hundred may look like a word.
pub(crate) fn leaks() -> Result<(), Failed> {
    let (mut texts, mut wanted) = (Vec::new(), Vec::new());
    for (number, (text, form, provider)) in LEAKS.iter().enumerate() {
        for seed in 0..TRIES {
            let value = expand(form, seed * 1000 + number as u64)?;
            texts.push(text.replace("{{token}}", &value));
            wanted.push((text, value, provider));
        }
    }
    let found = scan(&texts)?;
    let mut wrong: Vec<String> = Vec::new();
    for (index, (text, value, provider)) in wanted.iter().enumerate() {
        let start =
            texts[index].find(value.as_str()).map_or(0, |at| texts[index][..at].chars().count());
        let here = found.get(&index).map(Vec::as_slice).unwrap_or_default();
        let hits: Vec<_> = here
            .iter()
            .filter(|one| one.range.start < start + value.len() && start < one.range.end)
            .collect();
        if hits.is_empty() {
            wrong.push(format!("missed: {text:?}"));
        } else if let Some(provider) = provider
            && !hits.iter().any(|hit| hit.provider == *provider)
        {
            wrong.push(format!("called {}: {text:?}", hits[0].provider));
        }
    }
    told(wrong, texts.len() / 100)
}

/// None is found.
pub(crate) fn clean() -> Result<(), Failed> {
    let (mut texts, mut of) = (Vec::new(), Vec::new());
    for (number, (text, form)) in CLEAN.iter().enumerate() {
        for seed in 0..TRIES {
            texts.push(text.replace("{{token}}", &expand(form, seed * 1000 + number as u64)?));
            of.push(text);
        }
    }
    let found = scan(&texts)?;
    let wrong = found.iter().map(|(index, hits)| format!("{} for {:?}", hits[0].rule, of[*index]));
    told(wrong.collect(), 1)
}

/// Unencrypted keys as `ssh-keygen` writes them: their header holds a run of `A`.
pub(crate) fn keys() -> Result<(), Failed> {
    let mut texts = Vec::new();
    for seed in 0..TRIES {
        let header =
            format!("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZ{}AAAAAAAAABAAAAMwAAAAtz", "QAA");
        let lines = [
            header,
            expand("{b64:70}", seed)?,
            expand("{b64:70}", seed + 50)?,
            expand("{b64:44}", seed + 90)?,
        ];
        let (begin, end) = (
            ["-----BEGIN OPENSSH ", "PRIVATE KEY-----"].concat(),
            ["-----END OPENSSH ", "PRIVATE KEY-----"].concat(),
        );
        let whole = |joint: &str| format!("{begin}{joint}{}{joint}{end}", lines.join(joint));
        texts.push(whole("\n"));
        texts.push(format!("key: |\n  {}\n", whole("\n  ")));
        texts.push(format!("{{\"key\": \"{}\"}}", whole("\\n")));
        texts.push(format!("# {}\n", whole("\n# ")));
        texts.push(format!("// {}\n", whole("\n// ")));
    }
    let found = scan(&texts)?;
    let missed = (0..texts.len()).filter(|index| !found.contains_key(index));
    told(missed.map(|index| format!("missed: form {}", index % 5)).collect(), 0)
}

fn told(wrong: Vec<String>, allowed: usize) -> Result<(), Failed> {
    if wrong.len() <= allowed { Ok(()) } else { Err(wrong.join("\n").into()) }
}
