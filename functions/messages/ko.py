"""한국어. 중괄호 안은 mail.py가 채우며, 번역자는 그 밖의 말만 바꾼다."""

SEVERITY = {"critical": "심각", "high": "높음", "medium": "중간", "low": "낮음", "info": "정보"}

HEADLINES = {
    ("stopped", "restored"): "CloudTrail 중지됨, 다시 기록 중",
    ("stopped", "recording"): "CloudTrail 중지됨, 다시 기록 중",
    ("stopped", "failed"): "CloudTrail 중지됨, 복구 실패, 기록 안 됨",
    ("stopped", "failed_unread"): "CloudTrail 중지됨, 복구 실패",
    ("stopped", "not_recording"): "CloudTrail 중지됨, 기록 안 됨",
    ("stopped", "gone"): "CloudTrail 중지 후 추적 없어짐",
    ("stopped", "unknown"): "CloudTrail 중지됨, 상태 알 수 없음",
    ("deleted", "recording"): "CloudTrail 추적 삭제됨, 다시 있음",
    ("deleted", "not_recording"): "CloudTrail 추적 삭제됨, 다시 있으나 기록 안 됨",
    ("deleted", "gone"): "CloudTrail 추적 삭제됨",
    ("deleted", "unknown"): "CloudTrail 추적 삭제됨, 상태 알 수 없음",
    ("narrowed", "recording"): "CloudTrail 기록 범위·위치 변경됨",
    ("narrowed", "not_recording"): "CloudTrail 기록 범위·위치 변경됨, 기록 안 됨",
    ("narrowed", "gone"): "CloudTrail 기록 범위·위치 변경 후 추적 없어짐",
    ("narrowed", "unknown"): "CloudTrail 기록 범위·위치 변경됨, 상태 알 수 없음",
    ("attempted", "recording"): "{action} 시도 실패, 계속 기록 중",
    ("attempted", "not_recording"): "{action} 시도 실패, 추적은 기록 안 됨",
    ("attempted", "gone"): "{action} 시도 실패, 그런 추적 없음",
    ("attempted", "unknown"): "{action} 시도 실패, 상태 알 수 없음",
}
UNTRIAGED_HEADLINE = "CloudTrail 이벤트를 판정하지 못함"

SENTENCES = {
    ("stopped", "restored"): "{actor}이(가) 추적 {trail}의 로깅을 중지했으나 Trailkeeper가 다시 시작하여 "
    "지금은 기록 중입니다.",
    ("stopped", "recording"): "{actor}이(가) 추적 {trail}의 로깅을 중지했으나 지금은 다시 기록 중입니다.",
    ("stopped", "failed"): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 Trailkeeper가 다시 시작하지 못하여 "
    "지금 기록되지 않고 있습니다(이유: {why}).",
    (
        "stopped",
        "failed_unread",
    ): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 Trailkeeper가 다시 시작하지 못했으니 "
    "기록되지 않는다고 보십시오(이유: {why}).",
    ("stopped", "not_recording"): "{actor}이(가) 추적 {trail}의 로깅을 중지하여 지금 기록되지 않고 있습니다.",
    ("stopped", "gone"): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 그 추적은 이제 없어 아무것도 기록하지 않습니다.",
    ("stopped", "unknown"): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 상태를 읽지 못했으니 "
    "기록되지 않는다고 보십시오.",
    (
        "deleted",
        "recording",
    ): "{actor}이(가) 추적 {trail}을(를) 삭제했으나 같은 이름의 추적이 다시 있으며 기록 중입니다.",
    ("deleted", "not_recording"): "{actor}이(가) 추적 {trail}을(를) 삭제했고 같은 이름의 추적이 다시 있으나 "
    "기록되지 않고 있습니다.",
    ("deleted", "gone"): "{actor}이(가) 추적 {trail}을(를) 삭제하여 그 추적은 아무것도 기록하지 않습니다.",
    ("deleted", "unknown"): "{actor}이(가) 추적 {trail}을(를) 삭제했으며 다시 생겼는지는 읽지 못했습니다.",
    ("narrowed", "recording"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸도록 요청했으며 "
    "로깅은 켜져 있습니다.",
    ("narrowed", "not_recording"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸도록 요청했고 "
    "지금 전혀 기록되지 않고 있습니다.",
    ("narrowed", "gone"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸도록 요청했고 "
    "그 추적은 이제 없습니다.",
    ("narrowed", "unknown"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸도록 요청했으며 "
    "상태는 읽지 못했습니다.",
    ("attempted", "recording"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "추적은 기록 중입니다.",
    ("attempted", "not_recording"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "추적은 기록되지 않고 있습니다.",
    ("attempted", "gone"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "그런 추적은 없습니다.",
    ("attempted", "unknown"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "추적의 상태는 읽지 못했습니다.",
}
UNTRIAGED_SENTENCE = (
    "CloudTrail을 무력화할 수 있는 호출이 있었으나 Trailkeeper가 판정하지 못했습니다. "
    "아래 이벤트를 읽고 지금 추적을 확인하십시오."
)
ACTOR = "{name}"
ACTOR_OF_ROLE = "{name}(역할 {role})"
UNNAMED_TRAIL = "(이벤트에 이름 없음)"
UNKNOWN = "알 수 없음"

COVERED = "{region}의 관리 이벤트는 다른 추적이 계속 기록합니다: {trails}"
NOT_COVERED = "{region}의 관리 이벤트를 기록하는 다른 추적이 없습니다."
NOT_COVERED_AS_FAR_AS_READ = (
    "{region}의 관리 이벤트를 기록한다고 확인된 다른 추적이 없습니다. 읽지 못한 것은 아래와 같습니다."
)
COVERAGE_UNKNOWN = "{region}의 관리 이벤트를 다른 추적이 기록하는지 알 수 없습니다: {why}"
UNREAD = "읽지 못함: {what}"

LABELS = {
    "what": "이벤트",
    "why": "근거",
    "when": "시간",
    "trail": "추적",
    "state": "상태",
    "account": "계정",
    "region": "리전",
    "who": "사용자",
    "key": "액세스 키",
    "mfa": "MFA",
    "via": "경유",
    "source": "주소",
    "agent": "에이전트",
    "undo": "복구",
    "blind": "기록 공백",
    "coverage": "다른 추적",
    "error": "오류",
    "event": "이벤트",
    "execution": "실행",
}
SUCCEEDED = "{action}, 성공"
FAILED = "{action}, 실패: {code}"
IDENTITY_TYPE = "{name} ({type})"
ROLE = "역할 {role}"
YES, NO = "예", "아니요"
RECORDING_SINCE = "{time}부터 기록 중"
RECORDING = "기록 중"
NOT_RECORDING_SINCE = "{time}부터 기록 안 됨"
NOT_RECORDING = "기록 안 됨"
GONE = "없음"
NOT_READ = "읽지 못함: {why}"
HOME_REGION = "홈 리전 {region}"
ONE_REGION, ALL_REGIONS = "한 리전만", "모든 리전"
ORGANIZATION_TRAIL = "조직 추적"
BUCKET, KEY, LOG_GROUP = "버킷 {name}", "키 {name}", "로그 그룹 {name}"
SELECTORS_NARROW = "이벤트 선택기가 관리 이벤트를 모두 기록하지는 않음"
DELIVERY_ERROR = "전송 실패: {error}"
UNDONE = "{time}에 {call} 호출; 호출 전 상태: 기록 안 됨, 호출 후 상태: 기록 중"
NOTHING_TO_UNDO = "호출하지 않음: Trailkeeper가 확인했을 때 이미 기록 중"
UNDO_FAILED = "{call} 실패: {error}"
UNDONE_EARLIER = "기록 중; Trailkeeper의 앞선 시도나 다른 누군가가 StartLogging을 호출함"
NOT_UNDONE = "하지 않음: {why}"
BLIND_CLOSED = "{duration}, {start}부터 {end}까지"
BLIND_OPEN = "{start}부터, 아직 계속됨"
BLIND_UNKNOWN = "{start}부터, 끝났는지는 읽지 못함"
BLIND_NONE = "없음"
SECONDS, MINUTES, HOURS = "{seconds}초", "{minutes}분 {seconds}초", "{hours}시간 {minutes}분"

RESTORE_ERRORS = {
    "AccessDenied": "Trailkeeper 역할의 권한이 역할 자체의 정책이나 조직의 정책(SCP)으로 거부됨",
    "AccessDeniedException": "Trailkeeper 역할의 권한이 역할 자체의 정책이나 조직의 정책(SCP)으로 거부됨",
    "TrailNotFoundException": "그 추적이 이제 없음",
    "InvalidHomeRegionException": "홈 리전에서만 시작할 수 있음",
    "NotOrganizationMasterAccountException": "조직의 관리 계정만 시작할 수 있음",
    "NotOrganizationManagementAccountException": "조직의 관리 계정만 시작할 수 있음",
    "InsufficientDependencyServiceAccessPermissionException": "Trailkeeper 역할에 조직 추적에 필요한 권한이 없음",
    "NoManagementAccountSLRExistsException": "조직의 관리 계정에 CloudTrail 서비스 연결 역할이 없음",
    "NotRecordingError": "StartLogging이 성공했으나 여전히 꺼져 있다고 응답함",
    "States.Timeout": "CloudTrail이 제시간에 응답하지 않음",
    "Sandbox.Timedout": "CloudTrail이 제시간에 응답하지 않음",
    "ReadTimeoutError": "CloudTrail이 제시간에 응답하지 않음",
    "ConnectTimeoutError": "CloudTrail에 연결하지 못함",
    "EndpointConnectionError": "CloudTrail에 연결하지 못함",
}
OTHER_RESTORE_ERROR = "{error}"

NEXT_TITLE = "다음에 할 일"
NEXT = {
    "start": "지금 추적을 시작하십시오:",
    "create": "버킷 정책이 그대로 맞도록 같은 이름과 같은 버킷으로 추적을 다시 만들고 시작하십시오. "
    "이전 설정(90일 이벤트 기록):",
    "compare": "원래 설정과 비교하여 되돌리십시오:",
    "check": "추적을 직접 확인하십시오:",
    "ask": "의도한 작업인지 {actor}에게 물어보십시오. 아니라면 자격 증명이 유출된 것이니 키를 끄십시오:",
    "ask_only": "의도한 작업인지 {actor}에게 물어보십시오. 아니라면 자격 증명이 유출된 것이니 "
    "자격 증명이나 역할의 세션을 취소하십시오.",
    "history": "같은 자격 증명으로 한 다른 일을 확인하십시오. 추적이 꺼져 있어도 이벤트 기록에는 남습니다:",
}
LINKS_TITLE = "AWS 콘솔에서 보기"
RAW_TITLE = "받은 이벤트 원문"

# triage.py가 쓰는 사실의 번역: "사실" 또는 "사실: 값"
FACTS = {
    "not a call that can blind CloudTrail": "CloudTrail을 무력화할 수 있는 호출이 아님",
    "a VPC endpoint's copy of a management event": "관리 이벤트의 VPC 엔드포인트 사본임",
    "not one of the guarded trails": "지키는 추적이 아님",
    "the call succeeded": "호출이 성공함",
    "narrows nothing": "축소하는 것이 없음",
    "the call failed": "호출이 실패함",
    "the call failed, and would have narrowed nothing": "호출이 실패했고, 성공했어도 축소하는 것이 없음",
    "the event does not hold the request, so what changed cannot be told": "이벤트에 요청 내용이 없어 "
    "무엇이 바뀌었는지 알 수 없음",
    "the event selectors do not record all management events": "이벤트 선택기가 관리 이벤트를 모두 기록하지는 않음",
    "it covers one Region only": "한 리전만 기록함",
    "global service events such as IAM's are left out": "IAM 같은 글로벌 서비스 이벤트가 빠짐",
    "log file validation is off": "로그 파일 검증이 꺼짐",
    "it no longer covers the organization": "더 이상 조직 전체를 기록하지 않음",
    "it no longer sends to CloudWatch Logs": "더 이상 CloudWatch Logs로 보내지 않음",
    "the request sets the bucket": "요청에 버킷이 지정됨",
    "the request sets the prefix": "요청에 접두사가 지정됨",
    "the request sets the encryption key": "요청에 암호화 키가 지정됨",
    "nothing was changed": "바뀐 것이 없음",
    "Trailkeeper cannot undo": "Trailkeeper가 되돌릴 수 없는 호출",
    "the trail belongs to another account": "다른 계정의 추적임",
    "the event does not name a trail and its Region": "이벤트에 추적과 리전의 이름이 없음",
    "the setting undo is off": "설정 undo가 off임",
    "the setting undo is auto": "설정 undo가 auto임",
}
